export { hmacSeal }

export type Seal = (text: string) => string;

export declare function hmacSeal(key: string): Seal;

