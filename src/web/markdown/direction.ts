const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}\p{Script=Samaritan}]/u;

/**
 * The direction of a text by its first letter. `dir="auto"` does the same, but looks at no element inside that has a
 * direction of its own: a table whose cells have one would always run from left to right.
 */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const [letter] = /\p{L}/u.exec(text) ?? [''];
  return RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}
