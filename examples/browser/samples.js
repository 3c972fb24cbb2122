/**
 * Photos to try the page with, of Debian's lomiri-wallpapers; the build copies them.
 *
 * @module
 */
export const SAMPLES = [
  {
    file: "cocker_spaniels.jpg",
    alt: "Two cocker spaniels",
    author: "Aitzol Berasategi",
    licence: "CC BY 4.0",
  },
  {
    file: "fig.jpg",
    alt: "Half a fig",
    author: "Trevor “Freespace”",
    licence: "CC BY 4.0",
  },
  {
    file: "clock.jpg",
    alt: "A clock",
    author: "Peter Nerlich",
    licence: "CC BY-SA 4.0",
  },
  {
    file: "drum.jpg",
    alt: "A drum",
    author: "Jakub Mede",
    licence: "CC BY 4.0",
  },
  {
    file: "sunset.jpg",
    alt: "A sunset at the sea",
    author: "Aitzol Berasategi",
    licence: "CC BY 4.0",
  },
  {
    file: "dandelion.jpg",
    alt: "A dandelion",
    author: "Clemens Engelhardt",
    licence: "CC0 1.0",
  },
];
