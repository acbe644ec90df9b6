/** Line ends and other control characters, and marks that change the direction of the text that follows. */
const UNPLAIN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** A name from outside as part of a line: characters that would end the line or reverse the text after it become U+FFFD. */
export const plainText = (text: string): string => text.replace(UNPLAIN, '\ufffd');
