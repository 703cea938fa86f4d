"""`python -m clientinbox.desk.engine`: started by a door, with stdin null and both outputs in the log."""

import argparse
import logging
import os
import signal
import sys
from datetime import timedelta

from clientinbox.desk.clock import OffsetClock
from clientinbox.desk.engine.log import configure_log
from clientinbox.desk.engine.process import LINGER_S, background
from clientinbox.edge.settings import load_settings
from clientinbox.errors import ClientInboxError


def main() -> int:
    parser = argparse.ArgumentParser(prog="clientinbox.desk.engine")
    parser.add_argument("--config")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds ahead of the system's clock")
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--linger", type=float, default=LINGER_S, help="seconds to wait for another door")
    arguments = parser.parse_args()
    os.umask(0o077)
    configure_log(None)  # the door has seen to it that stderr is the log
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        settings = load_settings(arguments.config, os.environ)
        configure_log(settings.paths.log_file, with_stderr=True)
        clock = OffsetClock(timedelta(seconds=arguments.clock_offset))
        background(settings, clock, insecure=arguments.insecure, linger_s=arguments.linger)
    except ClientInboxError as exc:
        logging.getLogger(__name__).error("%s", exc)  # noqa: TRY400  words for a person, not a traceback
        return int(exc.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
