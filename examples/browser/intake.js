/**
 * The ways in which photos come: chosen, taken, dropped, pasted, or a sample.
 *
 * @module
 */
import { HAS_CAMERA } from "./camera.js";
import { SAMPLES } from "./samples.js";

const find = (id) => document.getElementById(id);

/**
 * Listens for photos.
 *
 * @param {(files: File[]) => void} take Called with one or more.
 * @param {(problem: { code: string, message: string }) => void} fail Called when
 * something else came.
 */
export function takeFiles({ take, fail }) {
  for (const input of [find("file"), find("camera")]) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // The same file may be chosen again.
      if (files.length > 0) take(files);
    });
  }
  addEventListener("paste", ({ clipboardData: { files } }) => {
    if (files.length > 0) take([...files]);
    else fail({ code: "no-file", message: "no file was pasted" });
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) document.body.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    const { files } = event.dataTransfer;
    if (files.length > 0) take([...files]);
    else fail({ code: "no-file", message: "no file was dropped" });
  });
  // A hand-held device has a camera at hand; it takes photos without a live picture, too.
  find("watch").hidden = !HAS_CAMERA;
  find("samples").append(...SAMPLES.map((it) => sample(it, take, fail)));
  find("credits").textContent =
    `The sample photos are from Debian's ${"lomiri-wallpapers"}, made smaller: ${
      SAMPLES.map(({ alt, author, licence }) =>
        `${alt.toLowerCase()} by ${author}, ${licence}`
      ).join("; ")
    }.`;
}

function sample({ file, alt }, take, fail) {
  const [item, button, image] = ["li", "button", "img"].map((it) =>
    document.createElement(it)
  );
  const address = new URL(`samples/${file}`, document.baseURI).href;
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      const blob = await response.blob();
      take([new File([blob], alt, { type: blob.type })]);
    } catch ({ message }) {
      fail({ code: "sample", message });
    }
  });
  Object.assign(image, { src: address, alt, width: 320, height: 320 });
  image.loading = "lazy";
  button.append(image);
  item.append(button);
  return item;
}
