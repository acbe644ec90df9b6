/** Line ends and other control characters, and what turns the direction of the text that follows. */
const UNPLAIN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A name from outside as part of a line: what would end the line, or turn around the words and coordinates behind it, is
 * shown as the sign of a missing character.
 */
export const plainText = (text: string): string => text.replace(UNPLAIN, '\ufffd');
