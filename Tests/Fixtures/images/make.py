"""Writes small images with Pillow, and in expected.json the pixels that Pillow reads from them.

    pip install pillow==13.0.0
    python3 Tests/Fixtures/images/make.py

`pixels` is what `Image.open(f).convert("RGB")` holds ("L" for the grey ones), row by row. `resized` is what torchvision's
Resize(edge) and CenterCrop(edge) make of it by Pillow's `resize(..., BILINEAR)` and `crop`. The pictures are drawn by a
formula; nothing in them comes from elsewhere.
"""

import json
import os

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


def sample(x, y, channel):
    return (x * x * (3 + channel) + y * 7 * (channel + 1) + (x * y * 5 if channel != 1 else 40 * (x // 4))) % 256


def draw(mode, width, height):
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = bytes(sample(x, y, c) for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes(mode, (width, height), data)


def smooth(mode, width, height):
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = bytes(
        (x * 255 // width * (c == 0) + y * 255 // height * (c == 1) + (x + y) * 4 * (c == 2)) % 256
        for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes(mode, (width, height), data)


def resized(image, edge):
    width, height = image.size
    short, long = min(width, height), max(width, height)
    scaled = int(edge * long / short)
    size = (edge, scaled) if width <= height else (scaled, edge)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = int(round((size[0] - edge) / 2.0)), int(round((size[1] - edge) / 2.0))
    return image.crop((left, top, left + edge, top + edge))


palette = draw("RGB", 13, 9).quantize(16)
palette.info["transparency"] = 3
files = {
    "grey.png": (draw("L", 11, 7), {}),
    "bits.png": (draw("L", 11, 7).convert("1"), {}),
    "grey-alpha.png": (draw("LA", 11, 7), {}),
    "colour.png": (draw("RGB", 13, 9), {}),
    "colour-alpha.png": (draw("RGBA", 13, 9), {}),
    "palette.png": (palette, {}),
    "grey.jpg": (smooth("L", 19, 17), {"quality": 90}),
    "colour.jpg": (smooth("RGB", 21, 18), {"quality": 85}),
    "full.jpeg": (smooth("RGB", 16, 23), {"quality": 95, "subsampling": 0}),
    "progressive.jpg": (smooth("RGB", 40, 24), {"quality": 80, "progressive": True}),
}
expected = {}
for name, (image, options) in files.items():
    path = os.path.join(HERE, name)
    image.save(path, **options)
    read = Image.open(path)
    read = read.convert("L" if "grey" in name or "bits" in name else "RGB")
    edges = {"colour.png": [4, 5, 9, 16], "grey.png": [3, 7, 12], "progressive.jpg": [7]}.get(name, [])
    expected[name] = {
        "width": read.width,
        "height": read.height,
        "channels": len(read.getbands()),
        "pixels": list(read.tobytes()),
        "resized": [{"edge": e, "pixels": list(resized(read, e).tobytes())} for e in edges],
    }
draw("CMYK", 8, 8).save(os.path.join(HERE, "printer.jpg"))
with open(os.path.join(HERE, "expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
    file.write("\n")
