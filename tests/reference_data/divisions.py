"""Provinces, cities and counties of China as lines of a catalogue.

The table is that of the npm package below: the codes of the national standard GB/T 2260, under the
MIT licence. `npm` fetches it; nothing of the package is run.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@vant/area-data@2.1.0"

# Of the package's file, so that the table is the one that was read before it was committed.
SHA512 = "wx9PrUX7wSUJiFcz8UrcvZfTjV6sTc+7SHcbjGQQzEcv5y+EwOo5uV4ZKdfrR5Hzcw4MA08LQdvXPSEb4nWbug=="


def lines():
    text = fetch()
    provinces = table(text, "province_list")
    cities = table(text, "city_list")
    counties = table(text, "county_list")
    for code, name in provinces:
        yield {"kind": "province", "province_code": code, "name": name}
    for code, name in cities:
        province = code[:2] + "0000"
        yield {"kind": "city", "city_code": code, "province_code": province, "name": name}
    for code, name in counties:
        city = code[:4] + "00"
        yield {"kind": "county", "county_code": code, "city_code": city, "name": name}


def fetch():
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, PACKAGE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).iterdir()
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if digest != SHA512:
            raise SystemExit(f"{PACKAGE} is not the file that was read: its SHA-512 is {digest}")
        with tarfile.open(archive) as package:
            return package.extractfile("package/dist/index.js").read().decode()


def table(text, name):
    """The entries of one object literal, `  110000: "..."`, in the order of their codes."""
    body = re.search(rf"\b{name}:\s*{{(.*?)}}", text, re.S).group(1)
    entries = re.findall(r'"?(\d{6})"?:\s*("[^"]*")', body)
    return sorted((code, json.loads(value)) for code, value in entries)
