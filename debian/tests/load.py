# SPDX-License-Identifier: MIT
"""Load a file into a buffer with its digest, and compare the two; load the tensor of a model.

usage: load.py FILE SOURCE
"""

import hashlib
import sys
from pathlib import Path

import dmaload

MODEL = (b'{"weight":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}  '
         + b"\0\0\x80\x3f" * 8)  # 1.0


def main() -> int:
    path, source = sys.argv[1:]
    content = Path(path).read_bytes()
    with dmaload.load(path, source, digest="sha256") as buffer:
        assert buffer.source == source and buffer.fd >= 0
        assert buffer.digest == "sha256:" + hashlib.sha256(content).hexdigest()
        with buffer.view() as view:
            assert view[:buffer.length] == content
        assert buffer.numpy().tobytes()[:buffer.length] == content
        print(f"{source}: {buffer.length} bytes are equal in Python {sys.version_info[:2]}")
    model = Path("model.safetensors")
    model.write_bytes((64).to_bytes(8, "little") + MODEL)
    weight = dmaload.load_model(model, source)["weight"].numpy()
    assert weight.shape == (2, 4) and weight.sum() == 8
    try:
        dmaload.load(path + ".missing", source)
    except dmaload.Error as reason:
        assert ".missing" in str(reason)
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
