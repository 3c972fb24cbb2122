import { importTests } from "../import_tests.ts";

await importTests(
  "async",
  "batch",
  "bench",
  "charts",
  "docs",
  "export",
  "github",
  "io",
  "model",
  "paper",
  "runtime",
  "search",
  "server",
  "text",
  "tools",
);
