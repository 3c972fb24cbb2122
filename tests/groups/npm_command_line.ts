import { importTests } from "../import_tests.ts";

// Both install every runtime, so a single process does it only once.
await importTests("npm/command_line_test.ts", "npm/runtimes_test.ts");
