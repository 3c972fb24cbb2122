# What runs the Worker on your own machine, as wrangler.jsonc does at Cloudflare's.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "assets", disk = (path = "dist/assets")),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "worker.js", esModule = embed "dist/worker.js"),
    (name = "relaxed.wasm", wasm = embed "dist/relaxed.wasm"),
    (name = "plain.wasm", wasm = embed "dist/plain.wasm"),
    (name = "jpeg.wasm", wasm = embed "dist/jpeg.wasm"),
    (name = "png.wasm", wasm = embed "dist/png.wasm"),
    (name = "webp.wasm", wasm = embed "dist/webp.wasm"),
  ],
  bindings = [(name = "ASSETS", service = "assets")],
);
