"""Fails when the corpus breaks its own guide."""

import sys

import corpus


def main() -> int:
    mails = corpus.load()
    found = list(corpus.problems(mails))
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{len(mails)} messages of {len({mail.author for mail in mails})} files, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
