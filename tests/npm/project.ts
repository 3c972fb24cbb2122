/**
 * Fresh projects with the package as packed by npm.
 *
 * @module
 */
import { cp } from "node:fs/promises";
import { PACKAGES } from "../../src/runtime/packages.ts";
import { buildNpm } from "../../tools/build_npm.ts";
import { largeWebpFile } from "../image/webp/blank_webp.ts";
import { narrowModel, openModel } from "../examples/answers.ts";
import { outputOf } from "../output_of.ts";

const IMAGES = new URL("../data/images/", import.meta.url);
const PHOTO = new URL("../../examples/photos/drum.jpg", import.meta.url);

/** The folder of the projects' files. */
const PROJECTS = new URL("projects/", import.meta.url);

/** A folder that disposing deletes. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder whose path is as awkward as those of some users. */
export async function newFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "with space ü " });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/**
 * Prepares the tests of a file: installs tools, and packs the package before the first
 * test, each once for all files of a process that need it. They are deleted after the
 * last test.
 *
 * @param packages See {@linkcode installTools}.
 * @param prepare Called before the first test with the path of the packed package, and
 * with the folder that was packed.
 * @returns The tools' folder; null if npm's registry is unreachable.
 */
export async function prepareTests(
  packages: readonly string[],
  prepare: (file: string, built: string) => void | Promise<void>,
): Promise<Folder | null> {
  const key = packages.join();
  const tools = await (toolsOf.get(key) ?? installTools(packages));
  if (tools === null) return null;
  toolsOf.set(key, tools);
  Deno.test.beforeAll(async () => {
    packed ??= await packPackage();
    await prepare(packed.file, packed.built);
  });
  Deno.test.afterAll(async () => {
    const folders = [packed?.folder, toolsOf.get(key)];
    packed = undefined;
    toolsOf.delete(key);
    for (const it of folders) await it?.[Symbol.asyncDispose]();
  });
  return tools;
}

/** The package as the file that npm publishes, in a temporary folder. */
interface Packed {
  readonly folder: Folder;
  readonly file: string;
  readonly built: string;
}

let packed: Packed | undefined;

/** The installed tools, by their packages. */
const toolsOf = new Map<string, Folder>();

async function packPackage(): Promise<Packed> {
  const folder = await newFolder();
  const built = `${folder.path}/built`;
  await buildNpm(built);
  const [{ filename }] = JSON.parse(
    await run("npm", ["pack", built, "--json"], folder.path),
  );
  return { folder, built, file: `${folder.path}/${filename}` };
}

/**
 * Installs packages in a temporary folder; null if npm's registry is unreachable.
 *
 * @param packages Each `name@version`, or a file.
 */
export async function installTools(
  packages: readonly string[],
): Promise<Folder | null> {
  const folder = await newFolder();
  try {
    if (packages.length > 0) await install(folder, packages);
    return folder;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    if (error instanceof Deno.errors.NotFound) return null; // npm isn't installed.
    if (UNREACHABLE.test(`${error}`)) return null;
    throw error;
  }
}

/** npm's errors without a network. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;

/**
 * Makes a project with the files of `projects/NAME`, and installs packages in it: the
 * packed one, and others that it needs.
 */
export async function newProject(
  name: string,
  packages: readonly string[],
): Promise<Folder> {
  const folder = await newFolder();
  for await (const file of Deno.readDir(new URL(`${name}/`, PROJECTS))) {
    await Deno.copyFile(
      new URL(`${name}/${file.name}`, PROJECTS),
      `${folder.path}/${file.name}`,
    );
  }
  await install(folder, packages);
  return folder;
}

/** Copies a project with its installed packages. */
export async function copyProject({ path }: Folder): Promise<Folder> {
  const folder = await newFolder();
  await cp(path, folder.path, { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** Installs packages in a folder, which it makes a project. */
export async function install(
  { path }: Folder,
  packages: readonly string[],
): Promise<void> {
  const manifest = JSON.stringify({ private: true, type: "module" });
  await Deno.writeTextFile(`${path}/package.json`, manifest);
  const options = ["--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...options, ...packages], path);
}

/**
 * Runs a command to its end.
 *
 * @returns Its standard output.
 * @throws {Error} If it fails, with its whole output.
 */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const options = { args: [...args], cwd };
  const { code, stdout, stderr } = await outputOf(command, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
}

/**
 * The files that each project classifies: a photo, and an image for each other decoder.
 */
export const INPUTS = [
  "drum.jpg",
  "color.png",
  "lossy.webp",
  "large.webp",
  "grid.avif",
];

/** The same with a HEIC, for projects with its decoder. */
export const ALL_INPUTS = [...INPUTS, "phone.heic"];

/** The HEIC decoder. */
export const HEIC_PACKAGE = `libheif-js@${PACKAGES["libheif-js"]}`;

/**
 * Writes a model and images into a folder.
 *
 * @param names {@linkcode INPUTS}, or {@linkcode ALL_INPUTS}.
 * @returns The expected answers of every project, from Deno: 7 bits agree on all
 * machines.
 */
export async function writeInputs(
  folder: string,
  names: readonly string[] = INPUTS,
): Promise<unknown> {
  inputs ??= await makeInputs();
  const { model, images } = inputs;
  await Deno.writeFile(`${folder}/model.safetensors`, model);
  const answers: Record<string, unknown> = {};
  for (const name of names) {
    const { bytes, answer } = images.get(name)!;
    await Deno.writeFile(`${folder}/${name}`, bytes);
    answers[name] = answer;
  }
  return answers;
}

/** A model, and images with its answers. */
interface Inputs {
  readonly model: Uint8Array;
  readonly images: ReadonlyMap<
    string,
    { readonly bytes: Uint8Array; readonly answer: unknown }
  >;
}

/** The same in all projects. */
let inputs: Inputs | undefined;

async function makeInputs(): Promise<Inputs> {
  const model = await narrowModel();
  await using large = await largeWebpFile();
  const sources = [
    PHOTO,
    new URL("color.png", IMAGES),
    new URL("lossy.webp", IMAGES),
    large.url,
    new URL("heif/grid.avif", IMAGES),
    new URL("heif/phone.heic", IMAGES),
  ];
  using classifier = await openModel(model);
  const images = new Map();
  for (const [i, name] of ALL_INPUTS.entries()) {
    const bytes = await Deno.readFile(sources[i]!);
    images.set(name, { bytes, answer: await classifier.classify(bytes) });
  }
  return { model, images };
}

/** Registers a test that is skipped with a message if npm is unreachable. */
export function npmTest(
  tools: Folder | null,
  name: string,
  run: (tools: Folder) => Promise<void>,
): void {
  Deno.test({
    name: tools === null ? `${name} (skipped: npm can't be reached)` : name,
    ignore: tools === null,
    fn: () => run(tools!),
  });
}
