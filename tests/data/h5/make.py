"""Makes the HDF5 files beside it: Inception-v3s of a 32nd of the width.

    pip install keras==3.15.1 h5py==3.16.0 scipy jax
    python make.py

The networks are built by Keras, in the order in which `keras.applications`
builds Inception-v3, so that the order of their layers is Keras's own. Every
tensor's values follow from its name, as in `tests/keras_h5.ts`.
"""

import gzip
import io
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "numpy"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from keras.src.legacy.saving import legacy_h5_format  # noqa: E402

CLASSES = 5


def values(name, shape):
    """8 bits a value: FNV-1a of the tensor's name seeds a linear congruence."""
    state = 0x811C9DC5
    for byte in name.encode():
        state = (state ^ byte) * 0x01000193 % 2**32
    codes = []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        codes.append(state >> 24)
    codes = np.array(codes, np.float32).reshape(shape)
    positive = name.endswith(("/moving_variance", "/gamma"))
    return (codes + 64) / 128 if positive else (codes * 2 - 255) / 512


class Network:
    """A Keras model, and the graph's node that each of its layers stands for."""

    def __init__(self, top, gamma=False, first=None):
        """Layers are numbered from `first`; by Keras itself without it."""
        keras.utils.clear_session()
        self.nodes = {}
        self.gamma = gamma
        self.number = first
        image = keras.Input((75, 75, 3))
        x = inception_v3(self, image)
        if top:
            x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
            dense = layers.Dense(CLASSES, activation="softmax", name="predictions")
            x = dense(x)
            self.nodes[dense.name] = "Logits"
        self.model = keras.Model(image, x, name="inception_v3")
        for layer in self.model.layers:
            node = self.nodes.get(layer.name)
            layer.set_weights(
                [values(f"{node}/{it.name}", it.shape) for it in layer.weights]
            )

    def conv(self, node, x, channels, height, width=None, stride=1, padding="same"):
        named = lambda kind: (
            {} if self.number is None else {"name": f"{kind}_{self.number}"}
        )
        conv = layers.Conv2D(
            max(1, int(channels / 32 + 0.5)),
            (height, width or height),
            strides=stride,
            padding=padding,
            use_bias=False,
            **named("conv2d"),
        )
        norm = layers.BatchNormalization(
            scale=self.gamma, **named("batch_normalization")
        )
        x = layers.Activation("relu", **named("activation"))(norm(conv(x)))
        self.nodes[conv.name] = self.nodes[norm.name] = node
        if self.number is not None:
            self.number += 1
        return x


def max_pool(x):
    return layers.MaxPooling2D(3, strides=2)(x)


def avg_pool(x):
    return layers.AveragePooling2D(3, strides=1, padding="same")(x)


def inception_v3(net, x):
    """`keras_applications/inception_v3.py`."""
    conv = net.conv
    x = conv("Conv2d_1a_3x3", x, 32, 3, stride=2, padding="valid")
    x = conv("Conv2d_2a_3x3", x, 32, 3, padding="valid")
    x = conv("Conv2d_2b_3x3", x, 64, 3)
    x = max_pool(x)
    x = conv("Conv2d_3b_1x1", x, 80, 1, padding="valid")
    x = conv("Conv2d_4a_3x3", x, 192, 3, padding="valid")
    x = max_pool(x)

    for name, pooled in ("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64):
        b1 = conv(f"{name}/branch1x1", x, 64, 1)
        b5 = conv(f"{name}/branch5x5_1", x, 48, 1)
        b5 = conv(f"{name}/branch5x5_2", b5, 64, 5)
        dbl = conv(f"{name}/branch3x3dbl_1", x, 64, 1)
        dbl = conv(f"{name}/branch3x3dbl_2", dbl, 96, 3)
        dbl = conv(f"{name}/branch3x3dbl_3", dbl, 96, 3)
        pool = conv(f"{name}/branch_pool", avg_pool(x), pooled, 1)
        x = layers.concatenate([b1, b5, dbl, pool])

    name = "Mixed_6a"
    b3 = conv(f"{name}/branch3x3", x, 384, 3, stride=2, padding="valid")
    dbl = conv(f"{name}/branch3x3dbl_1", x, 64, 1)
    dbl = conv(f"{name}/branch3x3dbl_2", dbl, 96, 3)
    dbl = conv(f"{name}/branch3x3dbl_3", dbl, 96, 3, stride=2, padding="valid")
    x = layers.concatenate([b3, dbl, max_pool(x)])

    for name, inner in zip("bcde", (128, 160, 160, 192)):
        name = f"Mixed_6{name}"
        b1 = conv(f"{name}/branch1x1", x, 192, 1)
        b7 = conv(f"{name}/branch7x7_1", x, inner, 1)
        b7 = conv(f"{name}/branch7x7_2", b7, inner, 1, 7)
        b7 = conv(f"{name}/branch7x7_3", b7, 192, 7, 1)
        dbl = conv(f"{name}/branch7x7dbl_1", x, inner, 1)
        dbl = conv(f"{name}/branch7x7dbl_2", dbl, inner, 7, 1)
        dbl = conv(f"{name}/branch7x7dbl_3", dbl, inner, 1, 7)
        dbl = conv(f"{name}/branch7x7dbl_4", dbl, inner, 7, 1)
        dbl = conv(f"{name}/branch7x7dbl_5", dbl, 192, 1, 7)
        pool = conv(f"{name}/branch_pool", avg_pool(x), 192, 1)
        x = layers.concatenate([b1, b7, dbl, pool])

    name = "Mixed_7a"
    b3 = conv(f"{name}/branch3x3_1", x, 192, 1)
    b3 = conv(f"{name}/branch3x3_2", b3, 320, 3, stride=2, padding="valid")
    b7 = conv(f"{name}/branch7x7x3_1", x, 192, 1)
    b7 = conv(f"{name}/branch7x7x3_2", b7, 192, 1, 7)
    b7 = conv(f"{name}/branch7x7x3_3", b7, 192, 7, 1)
    b7 = conv(f"{name}/branch7x7x3_4", b7, 192, 3, stride=2, padding="valid")
    x = layers.concatenate([b3, b7, max_pool(x)])

    for name in "Mixed_7b", "Mixed_7c":
        b1 = conv(f"{name}/branch1x1", x, 320, 1)
        b3 = conv(f"{name}/branch3x3_1", x, 384, 1)
        b3a = conv(f"{name}/branch3x3_2a", b3, 384, 1, 3)
        b3b = conv(f"{name}/branch3x3_2b", b3, 384, 3, 1)
        b3 = layers.concatenate([b3a, b3b])
        dbl = conv(f"{name}/branch3x3dbl_1", x, 448, 1)
        dbl = conv(f"{name}/branch3x3dbl_2", dbl, 384, 3)
        dbl_a = conv(f"{name}/branch3x3dbl_3a", dbl, 384, 1, 3)
        dbl_b = conv(f"{name}/branch3x3dbl_3b", dbl, 384, 3, 1)
        dbl = layers.concatenate([dbl_a, dbl_b])
        pool = conv(f"{name}/branch_pool", avg_pool(x), 192, 1)
        x = layers.concatenate([b1, b3, dbl, pool])
    return x


def write(name, fill):
    """Compressed, since an HDF5 file of small tensors is zeros for the most part."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        fill(root)
    path = Path(__file__).parent / f"{name}.h5.gz"
    path.write_bytes(gzip.compress(file.getvalue(), mtime=0))


def write_weights(group, model, parts=1):
    """As Keras 2: texts of fixed length, and names that end in `:0`."""
    names = np.array([it.name.encode() for it in model.layers])
    if parts == 1:
        group.attrs["layer_names"] = names
    else:
        for i, part in enumerate(np.array_split(names, parts)):
            group.attrs[f"layer_names{i}"] = part
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.0.4"
    for layer in model.layers:
        inner = group.create_group(layer.name)
        names = [f"{layer.name}/{it.name}:0" for it in layer.weights]
        inner.attrs["weight_names"] = np.array([it.encode() for it in names])
        for path, value in zip(names, layer.get_weights()):
            inner.create_dataset(path, data=value)


def keras_2_config(model):
    """`model.get_config()` as Keras 2 wrote it: references are plain lists."""
    config = model.get_config()
    for layer in config["layers"]:
        for node in layer["inbound_nodes"]:
            (inputs,) = node["args"]
            inputs = inputs if isinstance(inputs, list) else [inputs]
            layer["inbound_nodes"] = [
                [[*it["config"]["keras_history"], {}] for it in inputs]
            ]
    for end in "input_layers", "output_layers":
        config[end] = [config[end]]
    return {"class_name": "Model", "config": config}


def write_model(root):
    net = Network(top=True, first=1)
    root.attrs["model_config"] = json.dumps(keras_2_config(net.model)).encode()
    write_weights(root.create_group("model_weights"), net.model, parts=2)


def write_unread_forms(root):
    """What HDF5 may hold and Keras never writes."""
    data = np.zeros((4, 4), np.float32)
    root.create_dataset("chunked", data=data, chunks=(2, 2))
    root.create_dataset("f64", data=data.astype(np.float64))
    root.create_dataset("big_endian", data=data.astype(">f4"))
    root.create_dataset("empty", data=data[:0])
    root.attrs["number"] = 7
    root.attrs["nothing"] = []


write("keras2_weights", lambda it: write_weights(it, Network(True, first=1).model))
write(
    "keras2_weights_notop",
    lambda it: write_weights(it, Network(False, gamma=True, first=95).model),
)
write("keras2_model", write_model)
write(
    "keras3_weights",
    lambda it: legacy_h5_format.save_weights_to_hdf5_group(it, Network(True).model),
)
write("unread_forms", write_unread_forms)
