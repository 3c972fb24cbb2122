import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import {
  PickledName,
  PickledObject,
  PickledReference,
} from "../../../src/weights/torch/pickled.ts";
import { readPickle } from "../../../src/weights/torch/pickle.ts";
import { joined } from "../../joined.ts";
import { mutateBytes } from "../../mutations.ts";
import { randomNumbers } from "../../random.ts";
import {
  dict,
  int,
  name,
  type Part,
  pickled,
  text,
  tuple,
  u32,
} from "./make_checkpoint.ts";

const VALUES: readonly [what: string, parts: readonly Part[], unknown][] = [
  ["None", ["N"], null],
  ["True", ["\x88"], true],
  ["False", ["\x89"], false],
  ["BININT1", ["K", 200], 200],
  ["BININT2", ["M", 1, 2], 0x201],
  ["BININT", [int(-5)], -5],
  ["BINFLOAT", ["G\xbf\xf8\0\0\0\0\0\0"], -1.5],
  ["LONG1 of no bytes", ["\x8a", 0], 0],
  ["LONG1", ["\x8a", 2, 0, 0xff], -256],
  ["LONG1 above 2^53", ["\x8a", 8, "\0\0\0\0\0\0\0\x40"], 2n ** 62n],
  ["LONG4", ["\x8b", u32(1), 7], 7],
  ["BINUNICODE", [text("größe")], "größe"],
  ["SHORT_BINUNICODE", ["\x8c", 2, "ab"], "ab"],
  ["BINUNICODE8", ["\x8d", 1, "\0\0\0\0\0\0\0", "a"], "a"],
  ["SHORT_BINSTRING", ["U", 2, "\xe9a"], "éa"],
  ["BINSTRING", ["T", u32(1), "a"], "a"],
  ["SHORT_BINBYTES", ["C", 2, "\x01\x02"], Uint8Array.of(1, 2)],
  ["BINBYTES", ["B", u32(1), 3], Uint8Array.of(3)],
  ["BINBYTES8", ["\x8e", 1, "\0\0\0\0\0\0\0", 3], Uint8Array.of(3)],
  ["BYTEARRAY8", ["\x96", 1, "\0\0\0\0\0\0\0", 3], Uint8Array.of(3)],
  ["EMPTY_TUPLE", [")"], []],
  ["TUPLE", ["(K\x01K\x02t"], [1, 2]],
  ["TUPLE1, TUPLE2 and TUPLE3", ["N\x85N\x86)N\x87"], [
    [[null], null],
    [],
    null,
  ]],
  ["LIST", ["(K\x01l"], [1]],
  ["APPEND and APPENDS", ["]K\x01a(K\x02K\x03e"], [1, 2, 3]],
  ["sets", ["\x8f(K\x01\x90"], [1]],
  ["FROZENSET", ["(K\x01\x91"], [1]],
  ["DICT", ["(", text("a"), "K\x01d"], new Map([["a", 1]])],
  [
    "SETITEM and SETITEMS",
    ["}", text("a"), "K\x01s(", text("b"), "Nu"],
    new Map([["a", 1], ["b", null]]),
  ],
  ["POP, POP_MARK and DUP", ["K\x01(NN1N02\x86"], [1, 1]],
  ["POP of a mark", ["K\x01(0"], 1],
  ["FRAME", ["\x95", "\0\0\0\0\0\0\0\0", "N"], null],
  ["the memo", ["]q\x05(h\x05j", u32(5), "t"], [[], []]],
  ["LONG_BINPUT and MEMOIZE", ["K\x07r", u32(0), "\x940h\x01"], 7],
  ["a memo with gaps", ["K\x07r", u32(2 ** 32 - 1), "0j", u32(2 ** 32 - 1)], 7],
  ["a None in the memo", ["Nq\0K\x01h\0\x86"], [1, null]],
  ["GLOBAL", [name("os", "system")], new PickledName("os.system")],
  [
    "STACK_GLOBAL",
    [text("os"), text("system"), "\x93"],
    new PickledName("os.system"),
  ],
  [
    "REDUCE",
    [name("os", "system"), tuple(text("rm")), "R"],
    new PickledObject(new PickledName("os.system"), ["rm"]),
  ],
  [
    "NEWOBJ_EX",
    [name("a", "B"), ")}\x92"],
    new PickledObject(new PickledName("a.B"), []),
  ],
  ["BINPERSID", [text("a"), "Q"], new PickledReference("a")],
];

for (const [what, parts, value] of VALUES) {
  Deno.test(`readPickle() reads ${what}`, () => {
    const bytes = pickled(...parts);
    const read = readPickle(joined(Uint8Array.of(9), bytes, bytes), 1);
    assert.deepEqual(read.value, value);
    assert.equal(read.end, 1 + bytes.length);
  });
}

Deno.test("readPickle() calls nothing: it records what would have been called", () => {
  const { value, references } = readPickle(pickled(
    name("collections", "OrderedDict"),
    ")R(",
    text("__proto__"),
    name("evil", "Class"),
    ")\x81",
    dict([["x", "K\x01"]]),
    "b",
    text("weights"),
    text("id"),
    "Qu",
  ));
  assert.ok(value instanceof PickledObject);
  const [object, reference] = [...value.items!.values()];
  assert.deepEqual([...value.items!.keys()], ["__proto__", "weights"]);
  assert.ok(object instanceof PickledObject);
  assert.deepEqual(object.callee, new PickledName("evil.Class"));
  assert.deepEqual(object.state, new Map([["x", 1]]));
  assert.deepEqual(references, [reference]);
});

Deno.test("readPickle() reads a list in itself", () => {
  const { value } = readPickle(pickled("]q\0h\0a"));
  assert.ok(Array.isArray(value));
  assert.equal(value[0], value);
});

/** Each list has the one before twice: 2^n elements when traversed. */
const SHARED = pickled(
  "]",
  ...Array.from({ length: 200 }, (_, i) => ["q", i, "h", i, "\x86"]).flat(),
);

Deno.test("readPickle() takes values that share others as they are", () => {
  const { value } = readPickle(SHARED);
  assert.ok(Array.isArray(value) && value[0] === value[1]);
});

const FAULTS: readonly [what: string, bytes: Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(), /breaks off at byte 0$/],
  ["no end", Uint8Array.of(0x80, 2, 0x4e), /breaks off at byte 3$/],
  ["protocol 0", Uint8Array.of(0x80, 0, 0x4e, 0x2e), /2 to 5: it is 0$/],
  ["a text past the end", pickled("X", u32(2 ** 32 - 1)), /breaks off/],
  ["a text of 2^63 bytes", pickled("\x8d", u32(0), u32(2 ** 31)), /breaks off/],
  ["a name without an end", pickled("cos"), /breaks off/],
  ["an empty stack", pickled(), /its stack is empty$/],
  ["a tuple of what isn't there", pickled("N\x86"), /its stack is empty$/],
  ["a value below a mark", pickled("N(R"), /its stack is empty$/],
  ["no mark", pickled("Nt"), /it has no mark$/],
  ["a key alone", pickled("}(Nu"), /has no value$/],
  ["items of a list", pickled("]NNs"), /isn't a dict$/],
  ["values of a dict", pickled("}Na"), /isn't a list$/],
  ["an empty memo", pickled("h\0"), /its memo lacks a value$/],
  ["a name that is a number", pickled("NN\x93"), /isn't a text$/],
  ["a number of 4 GB", pickled("\x8b", u32(2 ** 32 - 1)), /4294967295 bytes$/],
  ["an operation of protocol 0", pickled("I01\n"), /operation 0x49, which/],
  ["an extension", pickled("\x82\x01"), /operation 0x82, which/],
  ["a million marks", pickled("(".repeat(2 ** 20)), /stack is too high/],
  ["a million dicts", pickled("}".repeat(2 ** 20)), /more values than/],
  ["a million lists", pickled("]".repeat(2 ** 20)), /more values than/],
  [
    "a memo of 2^20 values",
    pickled("}", "\x94".repeat(2 ** 20)),
    /more values/,
  ],
];

for (const [what, bytes, message] of FAULTS) {
  Deno.test(`readPickle() refuses ${what}`, () => {
    assert.throws(() => readPickle(bytes), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("readPickle() reads 2000 damaged pickles, or refuses them by a typed error", () => {
  const whole = pickled(...VALUES.flatMap(([, parts]) => [...parts, "0"]), "N");
  const random = randomNumbers(3);
  let read = 0;
  for (let i = 0; i < 2000; i++) {
    try {
      readPickle(mutateBytes(whole, random));
      read++;
    } catch (error) {
      assert.ok(error instanceof CorruptWeightsError, String(error));
    }
  }
  assert.ok(read > 0 && read < 2000, `${read}`);
});
