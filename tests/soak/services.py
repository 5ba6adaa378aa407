"""Five real services from Debian packages: how they start, which clients use them, and what is normal for them."""

import dataclasses

from harness import rootfs

POSTGRES = "/usr/lib/postgresql/15/bin"
DATA = "/var/lib/postgresql/data"
SQL = ("CREATE TABLE IF NOT EXISTS visits (id serial PRIMARY KEY, at timestamp DEFAULT now(), what text);"
       "INSERT INTO visits (what) SELECT md5(n::text) FROM generate_series(1, 200) n;"
       "UPDATE visits SET what = 'seen' WHERE id % 7 = 0; DELETE FROM visits WHERE id < (SELECT max(id) - 500 FROM visits);"
       "SELECT count(*) FROM visits")

# Answers pages, runs a program for one, asks itself for another, and opens its log again on SIGHUP. Release 2 also
# sends a datagram for every page.
WEB = '''
import gzip, http.server, os, signal, socket, socketserver, subprocess, tempfile, urllib.request

LOG = "/tmp/web.log"
log = open(LOG, "a")

def reopen(*_):
    global log
    log = open(LOG, "a")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/date":
            body = subprocess.run(["/bin/date"], capture_output=True).stdout
        elif self.path == "/archive":
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"page" * 1000)
                file.flush()
                body = subprocess.run(["gzip", "-c", file.name], capture_output=True).stdout
        elif self.path == "/through":
            body = urllib.request.urlopen("http://127.0.0.1:8000/").read()
        else:
            body = b"page"
        if os.environ["RELEASE"] == "2":
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"page:1|c", ("127.0.0.1", 8125))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        print(*args, file=log, flush=True)

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

signal.signal(signal.SIGHUP, reopen)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
Server(("127.0.0.1", 8000), Handler).serve_forever()
'''

FILES = {
    "/srv/web.py": WEB,
    "/srv/web-start": """#!/bin/sh
if [ "$RELEASE" = 2 ]; then id >/dev/null; fi
exec python3 /srv/web.py
""",
    "/srv/redis-start": """#!/bin/sh
chown -R redis /var/lib/redis /var/log/redis
exec setpriv --reuid=redis --regid=redis --clear-groups redis-server --save 20 10 --appendonly yes \\
  --dir /var/lib/redis --logfile /var/log/redis/redis.log
""",
    "/srv/postgres-start": f"""#!/bin/sh
set -e
as="setpriv --reuid=postgres --regid=postgres --clear-groups"
install -d -o postgres -g postgres -m 700 {DATA}
[ -s {DATA}/PG_VERSION ] || $as {POSTGRES}/initdb -D {DATA} -A trust --no-sync >/dev/null
rm -f {DATA}/postmaster.pid
exec $as {POSTGRES}/postgres -D {DATA} -c fsync=off -c shared_buffers=16MB -c max_connections=20 -c checkpoint_timeout=30s \\
  -c autovacuum_naptime=5s -c autovacuum_vacuum_threshold=10 -c logging_collector=on -c log_directory=/var/log/postgresql \\
  -c archive_mode=on -c archive_timeout=20 -c archive_command='gzip -c %p >/tmp/last-archive.gz'
""",
    "/srv/logrotate-nginx": """/var/log/nginx/*.log {
  size 1
  rotate 2
  compress
  create
  sharedscripts
  postrotate
    nginx -s reopen
  endscript
}
""",
    "/srv/logrotate-redis": """/var/log/redis/*.log {
  su redis adm
  size 1
  rotate 2
  copytruncate
}
""",
    "/etc/crontab": """PATH=/usr/sbin:/usr/bin:/sbin:/bin
* * * * * root tar -C /etc -czf /tmp/backup.tar.gz . 2>/dev/null
* * * * * root find /tmp -name 'old-*' -mmin +5 -delete; touch /tmp/old-$$
* * * * * root run-parts --report /etc/cron.minutely
* * * * * www-data date >>/tmp/heartbeat
""",
    "/etc/cron.minutely/count": "#!/bin/sh\nls /usr/share | wc -l >/tmp/count\n",
}
NOT_PROGRAMS = ("/srv/web.py", "/srv/logrotate-nginx", "/srv/logrotate-redis", "/etc/crontab")


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    argv: tuple
    health: str            # of docker's HEALTHCHECK: a line for the shell
    port: int = 0          # it listens there when it is ready; 0: it does not listen
    client: tuple = ()     # on the loopback; a path of the image's root file system, run from there
    probes: tuple = ()     # by `docker exec`, in turn
    rotate: tuple = ()     # likewise: its log
    user: int = 0
    volume: str = ""       # what outlives a container


def psql(*statements):
    return (f"{POSTGRES}/psql", "-qAt", "-U", "postgres", "-h", "127.0.0.1",
            *(argument for s in statements for argument in ("-c", s)))


SERVICES = (
    Service("nginx", ("/usr/sbin/nginx", "-g", "daemon off;"), port=80,
            health="curl -sf -o /dev/null http://127.0.0.1/",
            client=("/usr/bin/curl", "-sf", "-o", "/dev/null", "http://127.0.0.1/?[1-50]"),
            probes=(("nginx", "-t", "-q"), ("nginx", "-s", "reload"), ("cat", "/run/nginx.pid")),
            rotate=("logrotate", "-f", "-s", "/tmp/logrotate", "/srv/logrotate-nginx")),
    Service("redis", ("/srv/redis-start",), port=6379,
            health="redis-cli ping | grep -q PONG",
            client=("/usr/bin/redis-benchmark", "-q", "-c", "4", "-n", "500", "-t", "set,get,lpush"),
            probes=(("redis-cli", "info"), ("redis-cli", "bgsave"), ("redis-cli", "bgrewriteaof")),
            rotate=("logrotate", "-f", "-s", "/tmp/logrotate", "/srv/logrotate-redis"), volume="/var/lib/redis"),
    Service("postgres", ("/srv/postgres-start",), port=5432,
            health=f"{POSTGRES}/pg_isready -q",
            client=psql(SQL),
            probes=(psql("VACUUM ANALYZE"), psql("CHECKPOINT"), psql("SELECT pg_switch_wal()"),
                    (f"{POSTGRES}/pg_dump", "-U", "postgres", "-h", "127.0.0.1", "-f", "/tmp/dump", "-Z", "1", "postgres")),
            rotate=psql("SELECT pg_rotate_logfile()"), volume=DATA),
    Service("pyweb", ("/srv/web-start",), port=8000, user=1000,
            health="curl -sf -o /dev/null http://127.0.0.1:8000/",
            client=("/usr/bin/curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:8000/{page,page,date,archive,through}"),
            probes=(("python3", "-c", "print(1)"), ("sh", "-c", "ls /tmp | head -n 3"), ("cat", "/proc/1/status")),
            rotate=("sh", "-c", "mv /tmp/web.log /tmp/web.log.1 && kill -HUP 1")),
    Service("cron", ("/usr/sbin/cron", "-f"),
            health="kill -0 $(cat /run/crond.pid)",
            probes=(("ls", "-l", "/tmp"), ("sh", "-c", "cat /tmp/count /tmp/heartbeat 2>/dev/null | tail -n 2"))),
)

BUMPED = "pyweb"
# What only release 2 of it does: the program, the action, and the last part of a path or a port. id looks up names.
CHANGES = {"web-start exec id", "id connect socket", "python3 connect 8125"}


def root():
    """The root file system of all of them."""
    directory = rootfs.debian()
    rootfs.add_files(directory, FILES)
    for path in NOT_PROGRAMS:
        (directory / path.lstrip("/")).chmod(0o644)
    for unwanted in (directory / "etc/cron.d").iterdir():
        unwanted.unlink()
    return directory
