/** The listing's one style sheet, inline, allowed by its hash. */
export const STYLE = `
:root{--ground:#f6f6f4;--sheet:#fff;--ink:#1c1d20;--soft:#63656c;--line:#e6e6e2;--wash:#f2f4f8;--accent:#2459c9;--good:#1d7a45;--bad:#b3261e;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ground:#121316;--sheet:#1a1b1f;--ink:#e9e9ec;--soft:#a0a2ab;--line:#2b2d33;--wash:#22252c;--accent:#8ab1ff;--good:#6fd39a;--bad:#ff8f86}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
a{color:inherit;text-decoration:none}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:6px}
.away{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
a.away:focus{position:fixed;z-index:3;top:12px;left:12px;width:auto;height:auto;margin:0;padding:8px 14px;clip-path:none;background:var(--sheet);border:1px solid var(--line);border-radius:8px}
.frame{max-width:1000px;margin:0 auto;padding:40px 24px 64px}
nav ol{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px;margin:0 0 20px;padding:0;list-style:none;font-size:22px;letter-spacing:-.01em;line-height:1.35}
nav li{display:flex;min-width:0;overflow-wrap:anywhere;color:var(--soft)}
nav li+li::before{content:"/";padding:0 8px;color:var(--soft);opacity:.55}
nav a:hover{color:var(--accent)}
nav [aria-current]{color:var(--ink);font-weight:650}
.bar{display:flex;flex-wrap:wrap;gap:10px;margin-bottom:14px}
.find{position:relative;flex:1 1 260px;margin:0}
.find input{width:100%;height:42px;padding:0 44px 0 40px;color:inherit;font:inherit;background:var(--sheet);border:1px solid var(--line);border-radius:10px;appearance:none;-webkit-appearance:none}
.find input::placeholder{color:var(--soft);opacity:1}
.find input::-webkit-search-cancel-button{display:none}
.find input:focus{outline:2px solid var(--accent);outline-offset:-1px}
.find svg{position:absolute;left:13px;top:12px;color:var(--soft)}
.find kbd{position:absolute;right:12px;top:10px;min-width:22px;padding:0 6px;color:var(--soft);font:13px/21px inherit;text-align:center;border:1px solid var(--line);border-radius:5px}
.find input:focus~kbd{opacity:0}
svg{display:block;width:18px;height:18px;flex:none;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.act{display:inline-flex;align-items:center;gap:8px;height:42px;padding:0 14px;color:var(--ink);font:inherit;font-size:15px;background:var(--sheet);border:1px solid var(--line);border-radius:10px;cursor:pointer;white-space:nowrap}
.act svg{color:var(--soft)}
.act:hover{border-color:var(--accent)}
.act.main{color:#fff;background:#2459c9;border-color:#2459c9}
.act.main svg{color:inherit}
.pair{display:inline-flex}
.pair .act+.act{border-left:0;border-radius:0 10px 10px 0;padding:0 12px}
.pair .act:first-child{border-radius:10px 0 0 10px}
.sheet{background:var(--sheet);border:1px solid var(--line);border-radius:14px;overflow:hidden}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{padding:0;font-weight:500;font-size:13px;text-align:left;color:var(--soft);border-bottom:1px solid var(--line)}
th a{display:flex;align-items:center;gap:4px;padding:11px 18px}
th a:hover{color:var(--ink)}
th[aria-sort]{color:var(--ink)}
th[aria-sort] a::after{content:"\\2191"}
th[aria-sort=descending] a::after{content:"\\2193"}
.size{width:120px;text-align:right}
.size a{justify-content:flex-end}
.time{width:190px}
td{padding:0 18px;height:46px;color:var(--soft);font-size:14.5px;white-space:nowrap;border-top:1px solid var(--line)}
tbody tr{position:relative}
tbody tr:first-child td{border-top:0}
td.name{padding:0;color:var(--ink);font-size:16px;white-space:normal}
td.name a{display:flex;align-items:center;gap:13px;min-height:46px;padding:8px 18px;overflow-wrap:anywhere}
td.name a::after{content:"";position:absolute;inset:0}
td.name a:focus-visible{outline:0}
td.name a:focus-visible::after{outline:2px solid var(--accent);outline-offset:-3px;border-radius:8px}
td.name svg{color:var(--soft)}
tr.dir td.name svg{color:var(--accent);fill:color-mix(in srgb,var(--accent) 16%,transparent)}
tbody tr:hover,tbody tr:focus-within{background:var(--wash)}
.none{margin:0;padding:56px 24px;text-align:center;color:var(--soft)}
.foot{display:flex;flex-wrap:wrap;gap:8px 18px;justify-content:space-between;align-items:center;margin:14px 4px 0;color:var(--soft);font-size:14px}
.foot p{margin:0}
.pages{display:flex;align-items:center;gap:10px}
.pages a{padding:5px 12px;color:var(--ink);background:var(--sheet);border:1px solid var(--line);border-radius:8px}
.pages a:hover{border-color:var(--accent)}
.keys kbd{padding:0 5px;font:12.5px/20px inherit;border:1px solid var(--line);border-radius:5px}
.send{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:center;width:100%;margin:0 0 14px;padding:12px 16px;background:var(--sheet);border:1px dashed var(--line);border-radius:14px;color:var(--soft);font-size:15px}
.send input[type=file]{flex:1 1 220px;min-width:0;color:inherit;font:inherit}
.send input::file-selector-button{height:34px;margin-right:12px;padding:0 12px;color:var(--ink);font:inherit;background:var(--ground);border:1px solid var(--line);border-radius:8px;cursor:pointer}
.send label{order:1;display:inline-flex;align-items:center;gap:7px;cursor:pointer}
.send input[type=checkbox]{width:17px;height:17px;margin:0;accent-color:#2459c9}
.send .act{order:2;height:36px}
.queue{margin:0 0 14px;padding:0;list-style:none;background:var(--sheet);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.queue li{display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center;padding:10px 18px;font-size:15px}
.queue li+li{border-top:1px solid var(--line)}
.queue bdi{flex:1 1 200px;overflow-wrap:anywhere}
.queue progress{width:140px;height:6px;accent-color:var(--accent)}
.queue .good{color:var(--good)}
.queue .bad{color:var(--bad)}
.queue .act{height:32px;padding:0 10px;font-size:14px}
body.drop::after{content:"Drop to upload here";position:fixed;inset:14px;z-index:2;display:grid;place-items:center;font-size:22px;color:var(--accent);background:color-mix(in srgb,var(--sheet) 88%,transparent);border:2px dashed var(--accent);border-radius:18px;pointer-events:none}
@media (max-width:640px){
.frame{padding:22px 14px 48px}
nav ol{font-size:20px;margin-bottom:16px}
.find{flex-basis:100%}
.find kbd,.keys{display:none}
.pair{flex:1}
.pair .act:first-child{flex:1}
.bar>.act{flex:1}
.act{justify-content:center;height:44px}
thead tr{display:flex;border-bottom:1px solid var(--line)}
th{border:0}
th.size,th.time{width:auto}
th.name{flex:1}
th a{padding:11px 12px}
th.name a{padding-left:16px}
tbody tr{display:grid;grid-template-columns:1fr auto;align-items:center;padding:4px 0;border-top:1px solid var(--line)}
tbody tr:first-child{border-top:0}
td{height:auto;border:0;padding:0 16px 8px;font-size:13.5px}
td.name{grid-column:1/3}
td.name a{padding:8px 16px 2px;min-height:40px;gap:12px}
td.time{grid-row:2;grid-column:1;padding-left:46px}
td.size{grid-row:2;grid-column:2;width:auto}
}
@media (pointer:coarse){td.name a{min-height:48px}}
@media print{.bar,.send,.keys,.pages{display:none}}
`;
