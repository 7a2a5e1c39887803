export const options = {};
export const clientOptions = {};
