"""`python -m clientinbox` and the `clientinbox` command."""

import sys


def main() -> int:
    from clientinbox.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
