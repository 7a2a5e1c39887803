/** File name endings and what they are (IANA media types); text is UTF-8. */
const UTF8 = '; charset=utf-8';

/** Type → endings. */
const TYPES: Readonly<Record<string, string>> = {
  'text/html': 'html htm',
  'text/css': 'css',
  'text/javascript': 'js mjs cjs',
  'text/plain': 'txt text log conf ini',
  'text/markdown': 'md markdown',
  'text/csv': 'csv',
  'text/calendar': 'ics',
  'text/vcard': 'vcf',
  'text/vtt': 'vtt',
  'text/xml': 'xsl xslt',
  'application/json': 'json map',
  'application/ld+json': 'jsonld',
  'application/manifest+json': 'webmanifest',
  'application/geo+json': 'geojson',
  'application/x-ndjson': 'ndjson jsonl',
  'application/xml': 'xml',
  'application/xhtml+xml': 'xhtml',
  'application/atom+xml': 'atom',
  'application/rss+xml': 'rss',
  'application/yaml': 'yaml yml',
  'application/toml': 'toml',
  'application/sql': 'sql',
  'application/wasm': 'wasm',
  'application/pdf': 'pdf',
  'application/postscript': 'ps eps',
  'application/rtf': 'rtf',
  'application/epub+zip': 'epub',
  'application/zip': 'zip',
  'application/gzip': 'gz tgz',
  'application/x-tar': 'tar',
  'application/zstd': 'zst',
  'application/x-bzip2': 'bz2',
  'application/x-xz': 'xz',
  'application/x-7z-compressed': '7z',
  'application/vnd.rar': 'rar',
  'application/java-archive': 'jar',
  'application/vnd.android.package-archive': 'apk',
  'application/vnd.debian.binary-package': 'deb',
  'application/x-iso9660-image': 'iso',
  'application/vnd.sqlite3': 'sqlite db',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'image/png': 'png',
  'image/jpeg': 'jpg jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/svg+xml': 'svg',
  'image/vnd.microsoft.icon': 'ico',
  'image/bmp': 'bmp',
  'image/tiff': 'tif tiff',
  'image/heic': 'heic',
  'image/jxl': 'jxl',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg oga opus',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/aac': 'aac',
  'audio/midi': 'mid midi',
  'video/mp4': 'mp4 m4v',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/x-msvideo': 'avi',
  'video/x-matroska': 'mkv',
  'video/mp2t': 'm2ts',
  'application/vnd.apple.mpegurl': 'm3u8',
  'application/dash+xml': 'mpd',
  'font/woff2': 'woff2',
  'font/woff': 'woff',
  'font/ttf': 'ttf',
  'font/otf': 'otf',
  'message/rfc822': 'eml',
  'model/gltf-binary': 'glb',
  'model/gltf+json': 'gltf',
};

const BY_ENDING: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([type, endings]) => endings.split(' ').map((ending) => [ending, type] as const)),
);
const TEXT = /^text\/|\+xml$|^application\/(?:xml|json|yaml|toml|sql)$/;
const PACKED =
  /^(?:text\/|font\/(?:ttf|otf)$|image\/(?:svg\+xml|bmp|vnd\.microsoft\.icon)$|model\/gltf\+json$|message\/)|[+/](?:json|xml|yaml|toml|sql|wasm|rtf|postscript|x-ndjson|x-tar)$/;

/** For Content-Type, by the ending of the name; octets of an unknown kind without one. */
export function mediaType(name: string): string {
  const type = BY_ENDING.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ?? 'application/octet-stream';
  return TEXT.test(type) ? type + UTF8 : type;
}

/** Whether its content becomes much shorter by compression; media is packed already. */
export function isCompressible(type: string): boolean {
  return PACKED.test(type.split(';')[0] ?? '');
}
