"""Has mpremote build an image of each folder given: FOLDER becomes FOLDER.mpremote.

    python3 mpremote_images.py FOLDER...

One process for all of them, because starting mpremote costs more than what it does here.
"""

import contextlib
import io
import sys

from mpremote.romfs import make_romfs

for folder in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()):
        image = make_romfs(folder, mpy_cross=False)
    with open(folder + ".mpremote", "wb") as file:
        file.write(image)
