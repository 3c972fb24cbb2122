/**
 * Reads the definitions that kernels and TypeScript share from the AssemblyScript
 * compiler: memory layouts of records, sizes and numbers.
 *
 * @module
 */
import asc from "assemblyscript/asc";

/** The source with the shared exports, in a folder of kernels. */
export const SHARED = "shared.ts";

/**
 * Describes the exports of {@linkcode SHARED} as a TypeScript module:
 *
 * | export   | becomes                                               |
 * | -------- | ----------------------------------------------------- |
 * | constant | its value                                             |
 * | enum     | the number of each member                             |
 * | class    | the offset in bytes of each field of 32 bits          |
 * | function | a member of `RECORDS`: the class of its first argument |
 *
 * @param readFile Reads a source by name.
 */
export async function describeShared(
  readFile: (name: string) => string | null,
): Promise<string> {
  const { program, values } = await compileShared(readFile);
  const parts: string[] = [];
  const kernels: string[][] = [];
  for (const [name, it] of program.filesByName.get("shared")!.exports) {
    switch (it.kind) {
      case GLOBAL:
        parts.push(`export const ${name} = ${values(name)};`);
        break;
      case ENUM:
        parts.push(printObject(
          `Numbers of \`${name}\`.`,
          constantName(name),
          Array.from(it.members.keys(), (key) => [
            key,
            `${values(`${name}.${key}`)}`,
          ]),
        ));
        break;
      case CLASS:
        parts.push(printObject(
          `Offsets of a \`${name}\`.`,
          constantName(name),
          wordsOf(name, program.resolver.resolveClass(it, null)),
        ));
        break;
      case FUNCTION: {
        const [record] = it.declaration.signature.parameters;
        if (!record) throw new Error(`Cannot share ${name}: it has no record`);
        kernels.push([name, constantName(record.type.name.identifier.text)]);
        break;
      }
      default:
        throw new Error(`Cannot share ${name}: its kind is ${it.kind}`);
    }
  }
  if (kernels.length > 0) {
    parts.push(printObject("What each kernel reads.", "RECORDS", kernels));
  }
  return `// Made by \`deno task build\` from \`kernels/${SHARED}\`.\n// deno-fmt-ignore-file\n${
    parts.join("\n")
  }\n`;
}

/**
 * Returns the compiled exports, and a lookup for the value of a constant or enum
 * member.
 */
async function compileShared(readFile: (name: string) => string | null) {
  let program!: Program;
  let module = new Uint8Array() as Uint8Array<ArrayBuffer>;
  const transform = { afterInitialize: (it: Program) => void (program = it) };
  const { error, stderr } = await asc.main([
    SHARED,
    ..."--outFile shared.wasm --runtime stub --use abort=".split(" "),
    ..."--enable simd --disableWarning 235".split(" "), // It warns of exported classes.
  ], {
    readFile,
    writeFile: (_, bytes) => void (module = bytes as typeof module),
    listFiles: () => [],
    // deno-lint-ignore no-explicit-any -- The types want a class.
    transforms: [transform as any],
  });
  const problems = String(stderr);
  if (error !== null || problems) throw new Error(problems, { cause: error });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const values = (name: string): number => {
    const { value } = exports[name] as WebAssembly.Global;
    if (Number.isInteger(value)) return value;
    throw new Error(`Cannot share ${name}: it is ${value}`);
  };
  return { program, values };
}

/** The byte offsets of a class's fields by name, except 64-bit fields. */
function wordsOf(name: string, { members }: Class): string[][] {
  const words: string[][] = [];
  for (const [field, { instance: { memoryOffset, type } }] of members) {
    if (type.isFloatValue) {
      throw new Error(`Cannot share ${name}.${field}: it is a float`);
    }
    if (type.size === 32) words.push([field, `${memoryOffset}`]);
  }
  return words;
}

/** Prints an object in lines of up to 80 characters. */
function printObject(doc: string, name: string, entries: string[][]): string {
  const lines = [`export const ${name} = {`];
  const fields = entries.map(([key, value]) => `${key}: ${value},`);
  for (const part of [...fields, "} as const;"]) {
    if (`${lines.at(-1)} ${part}`.length > 80) lines.push(" ");
    lines.push(`${lines.pop()} ${part}`);
  }
  return `/** ${doc} */\n${lines.join("\n")}`;
}

/** Converts `MaxPool` to `MAX_POOL`. */
function constantName(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

// The subset of the compiler's types that is read here: its own can't be imported.

/** Values of the compiler's `ElementKind`. */
const GLOBAL = 0;
const ENUM = 2;
const FUNCTION = 4;
const CLASS = 6;

interface Program {
  readonly filesByName: ReadonlyMap<
    string,
    { readonly exports: ReadonlyMap<string, Exported> }
  >;
  readonly resolver: {
    resolveClass(prototype: Exported, typeArguments: null): Class;
  };
}

interface Exported {
  readonly kind: number;
  /** Members of an enum. */
  readonly members: ReadonlyMap<string, unknown>;
  /** Declaration of a function. */
  readonly declaration: {
    readonly signature: {
      readonly parameters: readonly {
        readonly type: {
          readonly name: { readonly identifier: { readonly text: string } };
        };
      }[];
    };
  };
}

/** A class, with the fields of its base classes first. */
interface Class {
  readonly members: ReadonlyMap<string, {
    readonly instance: {
      readonly memoryOffset: number;
      readonly type: {
        readonly size: number;
        readonly isFloatValue: boolean;
      };
    };
  }>;
}
