/**
 * The selected photo at full size: plain, with a map on top, or live.
 *
 * @module
 */
import { showPicture, sizeOf } from "./pictures.js";
import { className, placeOf } from "./words.js";

const find = (id) => document.getElementById(id);

/** Images are enlarged until their longer side has this size, in CSS pixels. */
const SMALL = 240;

/** How much to darken regions that don't support the class. */
const SHADE = 0.7;
const DARK = [12, 12, 14];
/** The colour of the contour where the support is half of its maximum. */
const OUTLINE = [255, 196, 64];

/** @param {{ preview: (file: Blob) => Promise<object> }} on */
export function createStage({ preview }) {
  const [frame, map, caption] = ["frame", "map", "caption"].map(find);
  let photo = null;
  let drawn = null;
  let image = find("preview");

  /** Uses a new element, which shows nothing while the photo is decoded. */
  function replace(next) {
    photo = next;
    const old = image;
    image = document.createElement("img");
    image.id = "preview";
    image.alt = "The photo";
    old.replaceWith(image);
    find("missing").hidden = true;
    frame.hidden = !next;
    frame.classList.remove("settled");
    if (!next) return;
    const mine = image;
    showPicture(image, next, preview, (isShown) => {
      if (mine !== image) return;
      frame.hidden = !isShown;
      frame.classList.add("settled");
      enlarge(mine);
      find("missing").hidden = isShown;
      if (drawn) redraw(); // The map was ready before the photo.
    });
  }

  function redraw() {
    const { drawing } = drawn;
    drawMap(map, drawing, sizeOf(photo, image));
  }

  return {
    show({ mode, photo: next, answer, map: nextMap }, live) {
      if (next?.id !== photo?.id) replace(next);
      find("video").hidden = mode !== "live";
      if (nextMap?.drawing !== drawn?.drawing) {
        drawn = nextMap;
        if (drawn) redraw();
      }
      map.hidden = !drawn;
      caption.hidden = !drawn && !live?.answer;
      if (drawn) {
        const { index, drawing } = drawn;
        const { label } = answer.classes.find((it) => it.index === index);
        const name = className(label);
        caption.textContent = drawing.isBlank
          ? `Nothing in the photo speaks for ${name}`
          : `Lit up and outlined: what speaks for ${name}`;
        const place = drawing.isBlank
          ? `nothing speaks for ${name}`
          : `what speaks most for ${name} is ${placeOf(drawing)}`;
        map.setAttribute("aria-label", `Map over the photo: ${place}`);
        // The list may extend below the window, so that the photo is scrolled out of
        // view.
        find("stage").scrollIntoView({ block: "nearest" });
      } else if (live?.answer) {
        caption.textContent = `Live, ${live.rate.toFixed(1)} frames a second`;
      }
    },
  };
}

/** Enlarges a tiny photo for display. */
function enlarge(image) {
  const scale = SMALL / Math.max(image.naturalWidth, image.naturalHeight, 1);
  image.classList.toggle("small", scale > 1);
  if (scale > 1) image.width = Math.ceil(image.naturalWidth * scale);
}

/** Darkens a photo of `size`, except where it supports the class. */
function drawMap(canvas, { values, width, height, crop, isBlank }, size) {
  const scale = width / crop.width;
  canvas.width = Math.max(1, Math.round(size.width * scale));
  canvas.height = Math.max(1, Math.round(size.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = `rgba(${DARK}, ${SHADE})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const part = context.createImageData(width, height);
  for (const [i, value] of values.entries()) {
    const shade = SHADE * (1 - value);
    const line = isBlank ? 0 : lineAt(values, i, width);
    const color = DARK.map((it, k) => it + line * (OUTLINE[k] - it));
    part.data.set([...color, 255 * (shade + line * (1 - shade))], 4 * i);
  }
  context.putImageData(
    part,
    Math.round(crop.left * scale),
    Math.round(crop.top * scale),
  );
}

/** The contour's coverage of a pixel; the contour is about two pixels wide. */
function lineAt(values, i, width) {
  const x = i % width;
  const left = values[x > 0 ? i - 1 : i];
  const right = values[x < width - 1 ? i + 1 : i];
  const above = values[i - width] ?? values[i];
  const below = values[i + width] ?? values[i];
  const slope = Math.hypot(right - left, below - above) / 2;
  const distance = Math.abs(values[i] - 0.5) / Math.max(slope, 1e-6);
  return Math.min(1, Math.max(0, 1.75 - distance));
}
