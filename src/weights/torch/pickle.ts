/**
 * A safe reader of pickles, Python's serialization format: protocols 2 to 5, limited to the
 * operations that PyTorch writes (named as in Python's `pickletools.py`).
 *
 * A pickle is a program that imports and calls functions by name. This reader imports and
 * calls nothing: it builds numbers, strings, lists, tuples (as lists) and dicts (as maps),
 * and records the calls.
 *
 * @module
 */
import {
  type Pickled,
  PickledName,
  PickledObject,
  PickledReference,
} from "./pickled.ts";
import { COST, fail, startBudget } from "./pickle_budget.ts";
import { readInput } from "./pickle_input.ts";

/** Maximum length of a class name. */
const MAX_NAME = 512;

/** Maximum stack height. Python and PyTorch push at most some thousand values per list. */
const MAX_STACK = 2 ** 16;

/**
 * Reads the pickle at `start`: its value, its end, and all references in it.
 *
 * Time is linear in the number of bytes, and memory is bounded.
 *
 * @throws {CorruptWeightsError} When the pickle is incomplete, or has an operation that
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
  const stack: Pickled[] = [];
  const marks: number[] = [];
  const memo: Pickled[] = [];
  const references: PickledReference[] = [];
  const spend = startBudget();
  const input = readInput(bytes, start, spend);
  const { u8, u32, u64, raw, utf8, latin1, line, whole } = input;

  /** The stack position of the last mark. Values below it can't be popped. */
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
  const pushName = (name: string) => {
    if (name.length > MAX_NAME) fail("the name of a class is too long");
    push(record(new PickledName(name)));
  };
  const pushObject = () => {
    const args = pop();
    push(record(new PickledObject(pop(), args)));
  };

  // cspell:ignoreRegExp /\/\/ [A-Z_0-9]+$/gm
  /** By opcode, as a character. The names are those of `pickletools.py`. */
  const operations: Readonly<Record<string, () => void>> = {
    "\x80": () => { // PROTO
      const protocol = u8();
      if (protocol < 2 || protocol > 5) {
        fail(`its protocol must be 2 to 5: it is ${protocol}`);
      }
    },
    "\x95": () => input.skip(8), // FRAME
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
    "M": () => push(input.u16()), // BININT2
    "J": () => push(input.i32()), // BININT
    "G": () => { // BINFLOAT
      spend(COST.number);
      push(input.f64());
    },
    "\x8a": () => push(whole(u8())), // LONG1
    "\x8b": () => push(whole(u32())), // LONG4

    "\x8c": () => push(utf8(u8())), // SHORT_BINUNICODE
    "X": () => push(utf8(u32())), // BINUNICODE
    "\x8d": () => push(utf8(u64())), // BINUNICODE8
    "U": () => push(latin1(u8())), // SHORT_BINSTRING
    "T": () => push(latin1(u32())), // BINSTRING
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
      pop(); // The keyword arguments.
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
    if (operation === STOP) {
      return { value: pop(), end: input.position(), references };
    }
    const run = operations[operation];
    if (run === undefined) {
      const code = operation.charCodeAt(0).toString(16);
      fail(`it has the operation 0x${code}, which PyTorch doesn't write`);
    } else run();
  }
}

const STOP = ".";
