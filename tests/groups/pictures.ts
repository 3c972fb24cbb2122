import { importTests } from "../import_tests.ts";

await importTests("convert", "evaluate", "explain", "image");
