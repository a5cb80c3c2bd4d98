"""`python -m tests.bigpanda --port 8080`: the local monitor in the foreground, plain http on loopback unless told otherwise."""

import argparse
import tempfile
from pathlib import Path

from tests.bigpanda import modes
from tests.bigpanda.app import create_monitor
from tests.bigpanda.serving import self_signed, server
from tests.bigpanda.shape import NAMES


def main() -> None:
    """Parse the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bigpanda", description="A local BigPanDA with failed jobs to look at."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8780, help="port to listen on (0: a free one)")
    parser.add_argument("--of", default="atlas", choices=NAMES, help="whose monitor it is")
    tls = parser.add_mutually_exclusive_group()
    tls.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve https with these files")
    tls.add_argument("--tls-self-signed", action="store_true", help="serve https with a certificate made now (needs trustme)")
    parser.add_argument("--modes", default="", help="odd answers, comma separated: " + ", ".join(modes.MODES))
    parser.add_argument("--log", action="store_true", help="print requests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pair = None
        if options.tls:
            pair = (Path(options.tls[0]), Path(options.tls[1]))
        elif options.tls_self_signed:
            pair = self_signed(Path(folder))
        app = create_monitor(options.modes, whose=options.of)
        made = server(app, options.host, options.port, pair, quiet=not options.log)
        base = f"{'https' if pair else 'http'}://{options.host}:{made.server_port}"
        print(f"Local BigPanDA on {base}/", flush=True)
        for pandaid in app.extensions["bigpanda"]["world"].shape.shown:
            print(f"  {base}/job?pandaid={pandaid}", flush=True)
        try:
            made.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            made.server_close()


if __name__ == "__main__":
    main()
