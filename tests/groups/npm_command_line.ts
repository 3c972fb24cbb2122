import { importTests } from "../import_tests.ts";

// Both install every runtime, which one process does once.
await importTests("npm/command_line_test.ts", "npm/runtimes_test.ts");
