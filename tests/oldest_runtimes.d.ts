/**
 * For `deno task check`, which makes sure that the code for pages and Node works with
 * ES2023: Chrome 110, Firefox 115, Safari 16.4 and Node 20. Code must test for newer
 * features, which are declared here as optional.
 */
interface ArrayBuffer {
  transfer?(length: number): ArrayBuffer;
}

// Code uses the symbols as method names even where they are undefined.
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

// Globals of other runtimes; their own types would bring newer libraries.
// deno-lint-ignore no-explicit-any no-var
declare var process: any, Deno: any;
