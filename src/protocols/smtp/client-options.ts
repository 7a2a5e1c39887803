export const clientOptions = {};
