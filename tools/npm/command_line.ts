/**
 * The command line in the package for npm.
 *
 * @module
 */
import ts from "typescript";

/** The path of the program in the package. */
export const BIN = "bin/totem.js";

/**
 * The program: npm makes it executable and, on Windows, a command. It loads the rest
 * only on versions of Node that can run it.
 */
export const PROGRAM = `#!/usr/bin/env node
if (typeof process.getBuiltinModule === "function") {
  const { main } = await import("../src/cli.js");
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(
    \`error Cannot start as Node must be 20.16, 22.3 or later: current value is \${process.version}\`,
  );
  process.exitCode = 1;
}
`;

/** Compiles `using` statements, a syntax error in Node 20 and 22, to older syntax. */
export function lowerUsing(code: string): string {
  if (!/^\s*(await )?using \w/m.test(code)) return code;
  return ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
    },
  }).outputText;
}
