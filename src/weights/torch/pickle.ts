/**
 * An inert reader of pickles, Python's format of objects: protocols 2 to 5, as far as
 * PyTorch writes them (the operations are those of Python's `pickletools.py`).
 *
 * A pickle is a program that calls what it names. Here nothing is looked up and nothing is
 * called: numbers, texts, lists, tuples (as lists) and dicts (as maps) are made, and
 * records of what would have been called.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import {
  type Pickled,
  PickledName,
  PickledObject,
  PickledReference,
} from "./pickled.ts";
import { TruncatedError } from "../truncated.ts";

/**
 * What the values of a pickle may take in memory. A whole model takes 2 MB, a state dict 1,
 * and with averages and the state of its optimizer 4.
 */
const BUDGET = 5 * 2 ** 20;

/** About what V8 takes for each, in bytes, with what it throws away. */
const COST = {
  map: 240,
  entry: 64,
  list: 80,
  appending: 250,
  record: 64,
  view: 200,
  text: 120,
  memo: 24,
  /** Beyond the end of the memo, which Python's pickles don't leave out. */
  farMemo: 96,
  item: 8,
  number: 40,
  bigNumber: 700,
};

/** Letters of the longest name of a class. */
const MAX_NAME = 512;

/** Values that wait: Python and PyTorch put at most some thousands into one list. */
const MAX_STACK = 2 ** 16;

/** Bytes of the longest whole number: more than any hash has. */
const LONGEST_NUMBER = 255;

/**
 * The value of the pickle that begins at `start`, where it ends, and all references in it.
 *
 * The work is in proportion to the bytes, and the memory has a bound.
 *
 * @throws {CorruptWeightsError} When it isn't a whole pickle, or has an operation that
 * PyTorch doesn't write.
 */
export function readPickle(
  bytes: Uint8Array,
  start = 0,
): {
  readonly value: Pickled;
  readonly end: number;
  readonly references: readonly PickledReference[];
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Pickled[] = [];
  const marks: number[] = [];
  const memo: Pickled[] = [];
  const references: PickledReference[] = [];
  let at = start;
  let budget = BUDGET;

  const fail = (why: string): never => {
    throw new CorruptWeightsError(`Cannot read the pickle as ${why}`);
  };
  const spend = (cost: number) => {
    budget -= cost;
    if (budget < 0) fail("it has more values than a model's does");
  };
  /** Where `length` bytes begin that are passed. */
  const take = (length: number): number => {
    if (length > bytes.length - at) {
      throw new TruncatedError(
        `Cannot read the pickle as it must have its end: it breaks off at byte ${bytes.length}`,
      );
    }
    at += length;
    return at - length;
  };
  const u8 = () => bytes[take(1)]!;
  const u16 = () => view.getUint16(take(2), true);
  const u32 = () => view.getUint32(take(4), true);
  const u64 = () => Number(view.getBigUint64(take(8), true));
  const raw = (length: number) => {
    const from = take(length);
    return bytes.subarray(from, from + length);
  };
  const text = (length: number, decoder = UTF_8) => {
    const encoded = raw(length);
    spend(COST.text + length);
    return decoder.decode(encoded);
  };
  const line = () => {
    const end = bytes.indexOf(NEWLINE, at);
    const found = text((end < 0 ? bytes.length + 1 : end) - at);
    at++;
    return found;
  };
  const pushName = (name: string) => {
    if (name.length > MAX_NAME) fail("the name of a class is too long");
    push(record(new PickledName(name)));
  };
  const whole = (length: number) => {
    if (length > LONGEST_NUMBER) fail(`a number has ${length} bytes`);
    spend(length > 6 ? COST.bigNumber : COST.number);
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) {
      value = value << 8n | BigInt(bytes[from + i]!);
    }
    value = BigInt.asIntN(8 * length, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };

  /** What lies above the last mark, or nothing that isn't there. */
  const floor = () => marks.at(-1) ?? 0;
  const pop = (): Pickled =>
    stack.length > floor() ? stack.pop()! : fail("its stack is empty");
  const top = (): Pickled =>
    stack.length > floor() ? stack.at(-1)! : fail("its stack is empty");
  const push = (value: Pickled) => {
    if (stack.length === MAX_STACK) fail("its stack is too high");
    spend(COST.item);
    stack.push(value);
  };
  const popMarked = (): Pickled[] =>
    stack.splice(marks.pop() ?? fail("it has no mark"));
  const tuple = (count: number) => {
    if (stack.length - floor() < count) fail("its stack is empty");
    const items = stack.slice(-count);
    for (let i = 0; i < count; i++) stack.pop();
    pushList(items);
  };
  const pushList = (list: Pickled[]) => {
    spend(COST.list + COST.item * list.length);
    push(list);
  };
  const record = <T extends Pickled>(it: T): T => {
    spend(COST.record);
    return it;
  };
  const remember = (index: number) => {
    spend(index === memo.length ? COST.memo : COST.farMemo);
    memo[index] = top();
  };
  const recall = (index: number) =>
    push(index in memo ? memo[index]! : fail("its memo lacks a value"));
  const append = (values: readonly Pickled[]) => {
    const target = top();
    const list = Array.isArray(target)
      ? target
      : target instanceof PickledObject
      ? target.list ??= []
      : fail("it appends to what isn't a list");
    spend(COST.appending + COST.item * values.length);
    for (const it of values) list.push(it);
  };
  const setItems = (values: readonly Pickled[]) => {
    const target = top();
    if (target instanceof PickledObject && target.items === undefined) {
      spend(COST.map);
    }
    const map = target instanceof Map
      ? target
      : target instanceof PickledObject
      ? target.items ??= new Map()
      : fail("it sets an item of what isn't a dict");
    if (values.length % 2 !== 0) fail("an item of a dict has no value");
    spend(COST.entry * values.length / 2);
    for (let i = 0; i < values.length; i += 2) {
      map.set(values[i]!, values[i + 1]!);
    }
  };
  const pushMap = (values: readonly Pickled[]) => {
    spend(COST.map);
    push(new Map());
    setItems(values);
  };
  const pushBytes = (length: number) => {
    spend(COST.view);
    push(raw(length));
  };
  const pushObject = () => {
    const args = pop();
    push(record(new PickledObject(pop(), args)));
  };

  // cspell:ignoreRegExp /\/\/ [A-Z_0-9]+$/gm
  /** By the character of their code; the names are those of `pickletools.py`. */
  const operations: Readonly<Record<string, () => void>> = {
    "\x80": () => { // PROTO
      const protocol = u8();
      if (protocol < 2 || protocol > 5) {
        fail(`its protocol must be 2 to 5: it is ${protocol}`);
      }
    },
    "\x95": () => take(8), // FRAME
    "(": () => { // MARK
      if (marks.length === MAX_STACK) fail("its stack is too high");
      marks.push(stack.length);
    },
    "0": () => { // POP
      if (stack.length > floor()) stack.pop();
      else popMarked();
    },
    "1": popMarked, // POP_MARK
    "2": () => push(top()), // DUP

    "N": () => push(null),
    "\x88": () => push(true),
    "\x89": () => push(false),
    "K": () => push(u8()), // BININT1
    "M": () => push(u16()), // BININT2
    "J": () => push(view.getInt32(take(4), true)), // BININT
    "G": () => { // BINFLOAT
      spend(COST.number);
      push(view.getFloat64(take(8)));
    },
    "\x8a": () => push(whole(u8())), // LONG1
    "\x8b": () => push(whole(u32())), // LONG4

    "\x8c": () => push(text(u8())), // SHORT_BINUNICODE
    "X": () => push(text(u32())), // BINUNICODE
    "\x8d": () => push(text(u64())), // BINUNICODE8
    "U": () => push(text(u8(), LATIN_1)), // SHORT_BINSTRING
    "T": () => push(text(u32(), LATIN_1)), // BINSTRING
    "C": () => pushBytes(u8()), // SHORT_BINBYTES
    "B": () => pushBytes(u32()), // BINBYTES
    "\x8e": () => pushBytes(u64()), // BINBYTES8
    "\x96": () => pushBytes(u64()), // BYTEARRAY8

    ")": () => pushList([]), // EMPTY_TUPLE
    "]": () => pushList([]), // EMPTY_LIST
    "\x8f": () => pushList([]), // EMPTY_SET
    "t": () => pushList(popMarked()), // TUPLE
    "l": () => pushList(popMarked()), // LIST
    "\x91": () => pushList(popMarked()), // FROZENSET
    "\x85": () => tuple(1), // TUPLE1
    "\x86": () => tuple(2), // TUPLE2
    "\x87": () => tuple(3), // TUPLE3
    "a": () => append([pop()]), // APPEND
    "e": () => append(popMarked()), // APPENDS
    "\x90": () => append(popMarked()), // ADDITEMS

    "}": () => pushMap([]), // EMPTY_DICT
    "d": () => pushMap(popMarked()), // DICT
    "s": () => { // SETITEM
      const value = pop();
      setItems([pop(), value]);
    },
    "u": () => setItems(popMarked()), // SETITEMS

    "q": () => remember(u8()), // BINPUT
    "r": () => remember(u32()), // LONG_BINPUT
    "\x94": () => remember(memo.length), // MEMOIZE
    "h": () => recall(u8()), // BINGET
    "j": () => recall(u32()), // LONG_BINGET

    "c": () => pushName(`${line()}.${line()}`), // GLOBAL
    "\x93": () => { // STACK_GLOBAL
      const [name, module] = [pop(), pop()];
      if (typeof name !== "string" || typeof module !== "string") {
        return fail("a name in it isn't a text");
      }
      pushName(`${module}.${name}`);
    },
    "R": pushObject, // REDUCE
    "\x81": pushObject, // NEWOBJ
    "\x92": () => { // NEWOBJ_EX
      pop(); // The arguments that have names.
      pushObject();
    },
    "b": () => { // BUILD
      const state = pop();
      const target = top();
      if (target instanceof PickledObject) target.state = state;
    },
    "Q": () => { // BINPERSID
      const reference = record(new PickledReference(pop()));
      references.push(reference);
      push(reference);
    },
  };

  while (true) {
    const operation = String.fromCharCode(u8());
    if (operation === STOP) return { value: pop(), end: at, references };
    const run = operations[operation];
    if (run === undefined) {
      const code = operation.charCodeAt(0).toString(16);
      fail(`it has the operation 0x${code}, which PyTorch doesn't write`);
    } else run();
  }
}

const STOP = ".";
const NEWLINE = 10;
const UTF_8 = new TextDecoder();
const LATIN_1 = new TextDecoder("latin1");
