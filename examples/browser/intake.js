/**
 * The sources of photos: files chosen, pictures taken, dropped or pasted, and samples.
 *
 * @module
 */
import { HAS_CAMERA } from "./camera.js";

const find = (id) => document.getElementById(id);

/**
 * Listens for photos.
 *
 * @param {(files: File[]) => void} take Called with one or more files.
 * @param {(problem: { code: string, message: string }) => void} fail Called when
 * something other than a file arrived.
 */
export function takeFiles({ take: give, fail }) {
  let turn = 0;
  const take = (files) => {
    turn++;
    give(files);
  };
  for (const input of [find("file"), find("camera")]) {
    const takeChosen = () => {
      const files = [...input.files];
      input.value = ""; // So that the same file can be chosen again.
      if (files.length > 0) take(files);
    };
    input.addEventListener("change", takeChosen);
    takeChosen(); // Files that were chosen before this script had loaded.
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
  // Hand-held devices can also take photos without the live view.
  find("watch").hidden = !HAS_CAMERA;
  find("watch").addEventListener("click", () => turn++);
  for (const image of document.querySelectorAll("#samples img")) {
    const { src, alt } = image;
    image.parentElement.addEventListener("click", async () => {
      // Photos and the camera take precedence if they come in the meantime.
      const mine = ++turn;
      try {
        const response = await fetch(src);
        if (!response.ok) throw new Error(`${src}: ${response.status}`);
        const blob = await response.blob();
        if (mine === turn) take([new File([blob], alt, { type: blob.type })]);
      } catch ({ message }) {
        if (mine === turn) fail({ code: "sample", message });
      }
    });
  }
}
