/**
 * For `deno task check`, which sees that what pages and Node import does with
 * ES2023: Chrome 110, Firefox 115, Safari 16.4 and Node 20. What is newer must be
 * asked for, and be declared here as what may be missing.
 */
interface ArrayBuffer {
  transfer?(length: number): ArrayBuffer;
}

// Where there is none, it is the name of a method all the same.
interface SymbolConstructor {
  readonly dispose: unique symbol;
  readonly asyncDispose: unique symbol;
}
interface Disposable {
  [Symbol.dispose](): void;
}
interface AsyncDisposable {
  [Symbol.asyncDispose](): PromiseLike<void>;
}

// Of other runtimes; their types bring newer libraries along.
// deno-lint-ignore no-explicit-any no-var
declare var process: any, Deno: any;
