/** An array of numbers, as all typed arrays but those of bigints are. */
interface Numbers {
  [index: number]: number;
}

/**
 * Makes an array of computed numbers. `from()` with a length and a function takes seven
 * times as long, which adds up in networks of random weights.
 */
export function filled<T extends Numbers>(
  type: new (length: number) => T,
  length: number,
  value: (index: number) => number,
): T {
  const array = new type(length);
  const numbers: Numbers = array;
  for (let i = 0; i < length; i++) numbers[i] = value(i);
  return array;
}
