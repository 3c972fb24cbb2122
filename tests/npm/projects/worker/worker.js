import { load, setWasmModules } from "@totem/inception/int8";
import { findSimilar, readIndex } from "@totem/inception/search";
import avif from "@totem/inception/wasm/avif.wasm";
import jpeg from "@totem/inception/wasm/jpeg.wasm";
import plain from "@totem/inception/wasm/plain.wasm";
import png from "@totem/inception/wasm/png.wasm";
import relaxed from "@totem/inception/wasm/relaxed.wasm";
import search_plain from "@totem/inception/wasm/search_plain.wasm";
import search_relaxed from "@totem/inception/wasm/search_relaxed.wasm";
import webp from "@totem/inception/wasm/webp.wasm";
import heic from "libheif-js/libheif-wasm/libheif.wasm";

setWasmModules({
  relaxed,
  plain,
  jpeg,
  png,
  webp,
  avif,
  heic,
  search_relaxed,
  search_plain,
});

/** Responds with the classes of the posted image, and with similar images. */
export default {
  async fetch(request, { ASSETS }) {
    const asset = (name) => ASSETS.fetch(`https://assets/${name}`);
    const classifier = await load(await asset("model.safetensors"), {
      activationBits: 7,
    });
    const image = await request.blob();
    const index = await readIndex((await asset("index.safetensors")).body);
    return Response.json({
      classes: await classifier.classify(image),
      alike: await findSimilar(index, classifier, image),
    });
  },
};
