/** Prints the modules that users can import, as `deno.json` exports them. */
import config from "../deno.json" with { type: "json" };

const modules = Object.values(config.exports).filter((it) =>
  it.endsWith(".ts")
);
console.log(modules.join(" "));
