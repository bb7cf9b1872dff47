# SPDX-License-Identifier: Apache-2.0
"""Batches between pyarrow and libgyre through Arrow's C interfaces, both ways: arrow.py LIBRARY"""
import ctypes
import decimal
import gc
import os
import random
import sys
import time

import pyarrow as pa

gyre = ctypes.CDLL(sys.argv[1])
gyre.gyre_last_error.restype = ctypes.c_char_p
for name in ("release", "retain"):
    for kind in ("schema", "batch"):
        getattr(gyre, f"gyre_{kind}_{name}").argtypes = [ctypes.c_void_p]
gyre.gyre_packed_destroy.argtypes = [ctypes.c_void_p]
gyre.gyre_packed_write.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
gyre.gyre_stream_destroy.argtypes = [ctypes.c_void_p]
gyre.gyre_buffer_release.argtypes = [ctypes.c_void_p]

SPACE = 128  # more than any of Arrow's structures takes
OK, IO, NOT_SUPPORTED = 0, -22, -7
INT32 = pa.int32()


def address(structure):
    return ctypes.addressof(structure)


def space():
    return ctypes.create_string_buffer(SPACE)


def call(name, *args, expect=OK):
    status = getattr(gyre, name)(*args)
    if status != expect:
        sys.exit(f"{name} returned {status}, expected {expect}: {gyre.gyre_last_error().decode()}")


def made(name, *args):
    """The pointer that a call gives by its last argument."""
    result = ctypes.c_void_p()
    call(name, *args, ctypes.byref(result))
    return result


class Ours:
    """A batch of libgyre, and its schema."""

    def __init__(self, schema, batch):
        self.schema, self.batch = schema, batch

    def __del__(self):
        gyre.gyre_batch_release(self.batch)
        gyre.gyre_schema_release(self.schema)

    @classmethod
    def of(cls, batch):
        schema, array = space(), space()
        batch._export_to_c(address(array), address(schema))
        ours = made("gyre_schema_import", schema)
        return cls(ours, made("gyre_batch_import", ours, array))

    def like(self, batch):
        gyre.gyre_schema_retain(self.schema)
        return Ours(self.schema, batch)

    def export(self):
        schema, array = space(), space()
        call("gyre_schema_export", self.schema, schema)
        call("gyre_batch_export", self.batch, array)
        batch = pa.RecordBatch._import_from_c(address(array), address(schema))
        batch.validate(full=True)
        return batch

    def take(self, rows):
        numbers = (ctypes.c_uint32 * len(rows))(*rows)
        return self.like(made("gyre_batch_take", self.batch, numbers,
                              ctypes.c_size_t(len(rows)), None))

    def twice(self):
        batches = (ctypes.c_void_p * 2)(self.batch.value, self.batch.value)
        return self.like(made("gyre_batch_concatenate", batches, ctypes.c_size_t(2), None))

    def sent(self):
        """Packed, and unpacked from another place."""
        packed = made("gyre_batch_pack", self.batch, ctypes.c_uint(1), None)
        length = ctypes.c_size_t.from_address(packed.value).value
        memory = made("gyre_buffer_create", None, ctypes.c_size_t(length))
        gyre.gyre_buffer_data.restype = ctypes.c_void_p
        gyre.gyre_packed_write(packed, gyre.gyre_buffer_data(memory))
        gyre.gyre_packed_destroy(packed)
        batch = made("gyre_batch_unpack", self.schema, memory, ctypes.c_size_t(0),
                     ctypes.c_size_t(length))
        gyre.gyre_buffer_release(memory)
        return self.like(batch)


def maybe(draw, value, nulls=True):
    return None if nulls and draw.random() < 0.2 else value()


def text(draw):
    return "".join(draw.choice("aé漢 z") for _ in range(draw.randrange(12)))


def random_types(draw):
    """Types, and how a value of each is drawn."""
    numbers = [(t, lambda n=t.bit_width: draw.getrandbits(n - 1))
               for t in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(),
                         pa.uint32(), pa.uint64())]
    plain = numbers + [
        (pa.bool_(), lambda: draw.random() < 0.5),
        (pa.float32(), lambda: float(draw.getrandbits(20))),
        (pa.float64(), draw.random),
        (pa.date32(), lambda: draw.getrandbits(15)),
        (pa.timestamp("us", "UTC"), lambda: draw.getrandbits(50)),
        (pa.timestamp("s"), lambda: draw.getrandbits(30)),
        (pa.decimal128(20, 3), lambda: decimal.Decimal(draw.getrandbits(40)).scaleb(-3)),
        (pa.binary(10), lambda: draw.randbytes(10)),
        (pa.string(), lambda: text(draw)),
        (pa.binary(), lambda: draw.randbytes(draw.randrange(9))),
    ]

    def lists(pair):
        item, value = pair
        return (pa.list_(item), lambda: [maybe(draw, value) for _ in range(draw.randrange(4))])

    def triples(pair):
        item, value = pair
        return (pa.list_(item, 3), lambda: [maybe(draw, value) for _ in range(3)])

    def structs(pairs):
        return (pa.struct([(f"f{i}", t) for i, (t, _) in enumerate(pairs)]),
                lambda: {f"f{i}": maybe(draw, v) for i, (_, v) in enumerate(pairs)})

    some = draw.sample(plain, 6)
    nested = [lists(some[0]), triples(some[1]), structs(some[2:4])]
    nested += [lists(lists(some[4])), lists(nested[2]), triples(nested[2]),
               structs([nested[0], nested[1], some[5]]), lists(triples(some[0]))]
    return plain + nested


def random_batch(draw):
    rows = draw.randrange(200)
    chosen = draw.sample(random_types(draw), draw.randrange(1, 9))
    columns, fields = [], []
    for i, (kind, value) in enumerate(chosen):
        nulls = draw.random() < 0.7
        columns.append(pa.array([maybe(draw, value, nulls) for _ in range(rows)], kind))
        fields.append(pa.field(f"c{i}", kind, nulls, {"origin": "drawn"}))
    schema = pa.schema(fields, {"made": "by arrow.py"})
    batch = pa.record_batch(columns, schema=schema)
    first = draw.randrange(rows + 1)
    return batch.slice(first, draw.randrange(rows - first + 1)) if draw.random() < 0.6 else batch


def same(got, expected, what):
    if not got.equals(expected, check_metadata=True):
        sys.exit(f"{what}: {got.to_pydict()}\nexpected {expected.to_pydict()}\n"
                 f"{got.schema}\nexpected {expected.schema}")


def check_random(draw):
    batch = random_batch(draw)
    ours = Ours.of(batch)
    same(ours.export(), batch, "there and back")
    rows = [draw.randrange(batch.num_rows) for _ in range(50)] if batch.num_rows else []
    same(ours.take(rows).export(), batch.take(pa.array(rows, INT32)), "taken")
    same(ours.twice().export(), pa.concat_batches([batch, batch]), "concatenated")
    same(ours.sent().export(), batch, "sent")
    same(ours.sent().twice().export(), pa.concat_batches([batch, batch]), "sent and concatenated")


def check_no_copy():
    batch = pa.record_batch([pa.array(range(1000), pa.int64()), pa.array(["x"] * 1000)], ["n", "s"])
    back = Ours.of(batch.slice(100, 500)).export()
    for column, other in zip(batch.columns, back.columns):
        for ours, theirs in zip(column.buffers(), other.buffers()):
            if (ours and ours.address) != (theirs and theirs.address):
                sys.exit(f"a buffer of {column.type} was copied")


def check_streams(draw):
    batches = [random_batch(draw)]
    batches += [batches[0].slice(i) for i in range(min(4, batches[0].num_rows))]
    arrow = space()
    pa.RecordBatchReader.from_batches(batches[0].schema, iter(batches))._export_to_c(address(arrow))
    stream = made("gyre_stream_import", arrow)

    def next_batch(_, out):
        out[0] = made("gyre_stream_next", stream).value
        return OK

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
    callback = function(next_batch)
    gyre.gyre_stream_schema.restype = ctypes.c_void_p
    schema = ctypes.c_void_p(gyre.gyre_stream_schema(stream))
    back = space()
    call("gyre_stream_export", schema, callback, None, None, back)
    read = list(pa.RecordBatchReader._import_from_c(address(back)))
    if len(read) != len(batches):
        sys.exit(f"{len(read)} batches came out of {len(batches)}")
    for got, expected in zip(read, batches):
        same(got, expected, "streamed")
    gyre.gyre_stream_destroy(stream)


def check_errors():
    def broken():
        yield pa.record_batch([pa.array([1])], ["n"])
        raise ValueError("the source is dry")

    arrow, result = space(), ctypes.c_void_p()
    schema = pa.schema([("n", pa.int64())])
    pa.RecordBatchReader.from_batches(schema, broken())._export_to_c(address(arrow))
    stream = made("gyre_stream_import", arrow)
    gyre.gyre_batch_release(made("gyre_stream_next", stream))
    call("gyre_stream_next", stream, ctypes.byref(result), expect=IO)
    if b"the source is dry" not in gyre.gyre_last_error():
        sys.exit(f"the reason is lost: {gyre.gyre_last_error().decode()}")
    gyre.gyre_stream_destroy(stream)
    for kind in (pa.large_string(), pa.dictionary(INT32, pa.string()), pa.time32("s"), pa.null()):
        given = space()
        pa.schema([("c", kind)])._export_to_c(address(given))
        call("gyre_schema_import", given, ctypes.byref(result), expect=NOT_SUPPORTED)


def main():
    seed = int(os.environ.get("GYRE_TEST_SEED", time.time_ns()))
    print(f"pyarrow {pa.__version__}, GYRE_TEST_SEED={seed}")
    draw = random.Random(seed)
    for _ in range(150):
        check_random(draw)
    check_no_copy()
    for _ in range(30):
        check_streams(draw)
    check_errors()
    gc.collect()
    if pa.total_allocated_bytes() != 0:
        sys.exit(f"{pa.total_allocated_bytes()} bytes of pyarrow's were not released")


main()
