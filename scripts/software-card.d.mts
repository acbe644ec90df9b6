export function softwareCard(): Readonly<Record<string, string>> | null;
