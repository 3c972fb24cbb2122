/**
 * Prints Node's answers as JSON, for a photo and a model in each form that Node has:
 * `node sources.mjs MODEL PHOTO`, in a project with the package.
 */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { relative } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { load } from "@totem/inception";

const [, , modelPath, path] = process.argv;
const photo = await readFile(path);
const model = await readFile(modelPath);
const server = createServer((_, response) => response.end(photo));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/photo`;

const images = {
  buffer: photo,
  pooled: Buffer.concat([Buffer.from("pool"), photo]).subarray(4),
  arrayBuffer: new Uint8Array(photo).buffer,
  path,
  relative: relative(process.cwd(), path),
  url: pathToFileURL(path),
  href: pathToFileURL(path).href,
  address,
  data: `data:image/jpeg;base64,${photo.toString("base64")}`,
  blob: new Blob([photo]),
  response: await fetch(address),
  stream: Readable.toWeb(createReadStream(path)),
};
const models = {
  buffer: model,
  arrayBuffer: new Uint8Array(model).buffer,
  blob: new Blob([model]),
  response: new Response(model),
  url: pathToFileURL(modelPath),
};

const answers = {};
for (const [name, source] of Object.entries(models)) {
  const classifier = await load(source, { activationBits: 8 });
  answers[`model: ${name}`] = await classifier.classify(path);
  classifier.dispose();
}
const classifier = await load(modelPath, { activationBits: 8 });
const results = classifier.classifyAll(Object.values(images));
for await (const { index, classes, error } of results) {
  answers[Object.keys(images)[index]] = classes ?? String(error);
}
classifier.dispose();
server.close();
server.closeAllConnections();
console.log(JSON.stringify(answers));
