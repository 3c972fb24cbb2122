/**
 * The containers of `torch.save` and TorchScript: a ZIP archive since PyTorch 1.6; before,
 * pickles followed by the values.
 *
 * @module
 */
import { displayValue } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { MAX_WEIGHTS } from "../limits.ts";
import { TruncatedError } from "../truncated.ts";
import { openZip, type ZipArchive } from "../zip.ts";
import { type Pickled, PickledName, type PickledReference } from "./pickled.ts";
import { readPickle } from "./pickle.ts";
import type { FindStorage, TorchStorage } from "./tensor.ts";

/** An opened PyTorch file. */
export interface Checkpoint {
  /** The saved object. */
  readonly root: Pickled;
  readonly findStorage: FindStorage;
  /** The archive, if it is a TorchScript program. Its code is text. */
  readonly program?: ZipArchive | undefined;
}

/** The first pickle in files before PyTorch 1.6 (`torch/serialization.py`). */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** Whether a file begins with a pickle, as those of `torch.save` before 1.6 do. */
export function isPickle(start: Uint8Array): boolean {
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5;
}

/**
 * Opens a PyTorch file. An archive's entries may be compressed, if it was repacked.
 *
 * @throws {CorruptWeightsError} When it is another kind of file, or damaged.
 */
export async function openCheckpoint(bytes: Uint8Array): Promise<Checkpoint> {
  if (isPickle(bytes)) return openLegacy(bytes);
  const archive = openZip(bytes, "the PyTorch model");
  // Skips a program's code, which is always compressed.
  const needed = archive.names.filter((it) => NEEDED.test(it));
  await archive.unpack(needed, MAX_WEIGHTS);
  return openArchive(archive);
}

const NEEDED = /^[^/]*\/(data\.pkl|byteorder|data\/[^/]*)$/;

function openArchive(archive: ZipArchive): Checkpoint {
  const pickles = archive.names.filter((it) => /^[^/]*\/data\.pkl$/.test(it));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    const isExported = archive.names.some((it) =>
      /serialized_exported_program|models\/model\.json$/.test(it)
    );
    throw new CorruptWeightsError(
      isExported
        ? "Cannot read a program of torch.export as its names are its own: save model.state_dict() by torch.save, or export the model to ONNX"
        : "it is a ZIP archive, not a model: unpack it",
    );
  }
  const folder = pickle.slice(0, -"data.pkl".length);
  const order = archive.read(`${folder}byteorder`);
  if (order !== undefined) assertLittle(new TextDecoder().decode(order));
  return {
    root: readPickle(archive.read(pickle)!).value,
    findStorage(reference) {
      const storage = parseReference(reference);
      const bytes = archive.read(`${folder}data/${storage.key}`);
      if (bytes !== undefined) return { ...storage, bytes };
      throw new CorruptWeightsError(
        `Cannot read the values "${storage.key}" as the archive lacks them`,
      );
    },
    program: archive.names.includes(`${folder}constants.pkl`)
      ? archive
      : undefined,
  };
}

/** Reads five pickles, then for each key a 64-bit count and that number of values. */
function openLegacy(bytes: Uint8Array): Checkpoint {
  let end = 0;
  const next = () => {
    const read = readPickle(bytes, end);
    end = read.end;
    return read;
  };
  const magic = next().value;
  if (magic !== MAGIC_NUMBER || next().value !== PROTOCOL_VERSION) {
    throw new CorruptWeightsError(
      "Cannot read the pickle as a model as PyTorch must have saved it: something else did",
    );
  }
  const system = next().value;
  const isBig = system instanceof Map && system.get("little_endian") === false;
  assertLittle(isBig ? "big" : "little");
  const { value: root, references } = next();
  const keys = next().value;
  const storages = new Map<string, TorchStorage>();
  const parsed = new Map(
    references.filter(isStorage).map((
      it,
    ) => [parseReference(it).key, parseReference(it)]),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === "string" ? parsed.get(key) : undefined;
    if (end + 8 > bytes.length) throw truncated(bytes, end + 8);
    if (storage === undefined) {
      throw new CorruptWeightsError(
        `Cannot read the values ${
          typeof key === "string" ? displayValue(key) : "of a tensor"
        } as they must be there, and be used: they aren't`,
      );
    }
    const count = Number(view.getBigInt64(end, true));
    const start = end + 8;
    end = start + count * storage.size;
    if (count < 0) {
      throw new CorruptWeightsError(
        `Cannot read the values "${storage.key}" as their count must be >= 0: it is ${count}`,
      );
    }
    if (end > bytes.length) throw truncated(bytes, end);
    storages.set(storage.key, {
      ...storage,
      bytes: bytes.subarray(start, end),
    });
  }
  return {
    root,
    findStorage(reference) {
      const { key } = parseReference(reference);
      const storage = storages.get(key);
      if (storage !== undefined) return storage;
      throw new CorruptWeightsError(
        `Cannot read the values "${key}" as the file lacks them`,
      );
    },
  };
}

function truncated({ length }: Uint8Array, needed: number): TruncatedError {
  return new TruncatedError(
    `Cannot read the PyTorch model as it must have >= ${needed} bytes: it has ${length}`,
  );
}

function assertLittle(order: string): void {
  if (order.trim() === "little") return;
  throw new CorruptWeightsError(
    `Cannot read the file as its values must be little-endian: they are ${order}-endian`,
  );
}

function isStorage({ id }: PickledReference): boolean {
  return Array.isArray(id) && id[0] === "storage";
}

/** `("storage", class, key, device, count, view?)` */
function parseReference({ id }: PickledReference): Omit<TorchStorage, "bytes"> {
  if (Array.isArray(id) && id[0] === "storage") {
    const [, kind, key, , , view = null] = id;
    const name = kind instanceof PickledName ? kind.name : "";
    const dtype = DTYPES[name.match(/(\w+)Storage$/)?.[1] ?? ""];
    if (dtype !== undefined && typeof key === "string" && view === null) {
      return { key, dtype: dtype[0], size: dtype[1] };
    }
  }
  throw new CorruptWeightsError(
    "Cannot read a tensor as its values must be a storage of PyTorch's of a known type",
  );
}

/** The dtype, as in safetensors, and the bytes per value, by storage class. */
const DTYPES: Readonly<Record<string, readonly [name: string, bytes: number]>> =
  Object.assign(Object.create(null), {
    Float: ["F32", 4],
    Half: ["F16", 2],
    BFloat16: ["BF16", 2],
    Double: ["F64", 8],
    Long: ["I64", 8],
    Int: ["I32", 4],
    Short: ["I16", 2],
    Char: ["I8", 1],
    Byte: ["U8", 1],
    Bool: ["BOOL", 1],
    ComplexFloat: ["complex", 8],
    ComplexDouble: ["complex", 16],
    QInt8: ["quantized", 1],
    QUInt8: ["quantized", 1],
    QInt32: ["quantized", 4],
  });
