import { importTests } from "../import_tests.ts";

await importTests(
  "npm/build_test.ts",
  "npm/bundlers_test.ts",
  "npm/size_test.ts",
  "npm/types_test.ts",
  "npm/worker_test.ts",
);
