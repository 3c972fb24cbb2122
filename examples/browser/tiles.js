/**
 * A grid of several photos: a preview of each with its likeliest class.
 *
 * @module
 */
import { showPicture } from "./pictures.js";
import { className, percent } from "./words.js";

/** @param {{ open: (photo: number) => void, preview: Function }} on */
export function createTiles({ open, preview }) {
  const list = document.getElementById("tiles");
  /** Tiles by photo id. */
  let tiles = new Map();

  function create(photo) {
    const [item, button, image, name, value] = [
      "li",
      "button",
      "img",
      "span",
      "span",
    ].map((it) => document.createElement(it));
    button.type = "button";
    button.addEventListener("click", () => open(photo.id));
    image.alt = photo.file.name;
    image.decoding = "async";
    showPicture(image, photo, preview, (isShown) => {
      if (isShown) return;
      const blank = document.createElement("span");
      blank.className = "blank";
      blank.textContent = photo.file.name;
      image.replaceWith(blank);
    });
    value.className = "value";
    button.append(image, name, " ", value);
    item.append(button);
    return { item, name, value };
  }

  return {
    /** Shows these photos; hides the list if there are none. */
    show(photos) {
      const next = new Map();
      for (const photo of photos) {
        const tile = tiles.get(photo.id) ?? create(photo);
        next.set(photo.id, tile);
        const { answer, problem } = photo;
        const [best] = answer?.classes ?? [];
        tile.item.dataset.state = problem
          ? "failed"
          : answer
          ? "done"
          : "waits";
        tile.name.textContent = problem
          ? "Not readable"
          : !answer
          ? "Waiting"
          : best
          ? className(best.label)
          : "No label";
        tile.value.textContent = best ? percent(best.probability) : "";
      }
      const isSame = next.size === tiles.size &&
        [...next.keys()].every((id) => tiles.has(id));
      if (!isSame) {
        list.replaceChildren(...[...next.values()].map(({ item }) => item));
      }
      tiles = next;
      list.hidden = photos.length === 0;
    },
  };
}
