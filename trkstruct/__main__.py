"""``python -m trkstruct`` is the command ``trkstruct``."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="trkstruct")
