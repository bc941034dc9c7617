/** The page's style: light, dark, on a phone, on paper. */
import { html } from './html.ts';

export const STYLE = html`<style>
:root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#1d2126;--soft:#5c6570;--line:#dfe2e6;--bar:#8fa8c4;--good:#17703f;--bad:#b3261e;--warn:#8a5a00;--link:#1d5fa8;--tint:#eef2f6}
@media(prefers-color-scheme:dark){:root{--page:#15181c;--card:#1c2025;--ink:#e4e7ea;--soft:#9aa4af;--line:#333a42;--bar:#4f6b8a;--good:#6fcf97;--bad:#ff8a80;--warn:#e3b341;--link:#7ab7ff;--tint:#252b32}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:88rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:1rem;font-weight:600;color:var(--soft);margin:0 0 .75rem}
.answer{font-size:1.5rem;line-height:1.35;font-weight:600;margin:0 0 1rem;max-width:52rem;text-wrap:pretty}
h2{font-size:1.15rem;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:0}
h4{font-size:.85rem;font-weight:600;color:var(--soft);margin:1rem 0 .25rem}
p,ul{margin:.5rem 0;max-width:52rem}
ul{padding-left:1.2rem}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
code,pre,.plan{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{font-size:.9em}
pre{font-size:.8rem;line-height:1.45;background:var(--tint);padding:.75rem 1rem;border-radius:6px;overflow-x:auto;margin:.5rem 0;overflow-wrap:normal}
.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.alarm{border-left:4px solid var(--bad);padding:.25rem .9rem}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem;margin:1.25rem 0 0;padding:0}
.tiles div{min-width:7rem}
.tiles dt{font-size:.8rem;color:var(--soft)}
.tiles dd{margin:0;font-size:1.15rem;font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;font-weight:600;font-size:.8rem;color:var(--soft);white-space:nowrap}
th,td{padding:.4rem .9rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap;padding-right:1.6rem}
td.word,td.short{white-space:nowrap}
@media(min-width:40.01rem){td code{display:inline-block;max-width:24rem;overflow-wrap:break-word}}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;margin:1rem 0}
.head{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline}
.head h3{flex:1 1 16rem}
.sides{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2rem}
@media(min-width:64rem){.sides{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}}
summary{cursor:pointer}
details.more>summary{color:var(--link);margin:.6rem 0 .25rem;font-size:.92rem}
.plan{font-size:.8rem;line-height:1.4}
.plan details>div{margin-left:.45rem;padding-left:.55rem;border-left:1px solid var(--line)}
.plan summary{list-style:none}
.plan summary::-webkit-details-marker{display:none}
.plan summary .name::before{content:"▾ ";color:var(--soft)}
.plan details:not([open])>summary .name::before{content:"▸ "}
.row{display:grid;grid-template-columns:minmax(0,1fr) 4.5em 5.2em 5.2em 4.4em;gap:0 .5em;padding:.12rem 0;align-items:start}
.row>span{text-align:right;white-space:nowrap}
.row>.name{text-align:left;white-space:normal}
.row.titles{color:var(--soft);border-bottom:1px solid var(--line)}.row.titles>span{font:.92em system-ui,sans-serif}
.row>.cond{grid-column:1/-1;text-align:left;white-space:normal;color:var(--soft);font-size:.92em;padding-left:1.2em}
.added>.name b,.added b{color:var(--good)}.removed b{color:var(--bad)}.changed b,.moved b{color:var(--warn)}
.name b{font-weight:700}
.bar{height:.7rem;margin-top:.25rem;background:var(--tint);border-radius:2px;overflow:hidden}
.bar i{display:block;height:100%;background:var(--bar)}
svg{display:block;width:100%;max-width:38rem;height:auto}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}
svg .axis{fill:var(--soft);font-size:11px}
svg .grid{stroke:var(--line);stroke-width:1}
svg .beaten{fill:var(--line)}svg .front{fill:var(--bar);stroke:var(--link)}svg .kept{fill:var(--good)}
svg .step{fill:none;stroke:var(--bar);stroke-width:1.5}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.85rem}
@media(max-width:40rem){
main,header,footer{padding-left:1rem;padding-right:1rem}
header{padding-top:1.5rem}.answer{font-size:1.2rem}
article{padding:.75rem .8rem;margin-left:-.3rem;margin-right:-.3rem}
.row{grid-template-columns:minmax(0,1fr) 4.4rem 4.4rem;grid-template-areas:"name name name" "bar self total"}.row>.cond{grid-column:1/-1}
.row>.name{grid-area:name}.row>.bar{grid-area:bar}.row>.rows{display:none}
.row.titles>.name{display:none}
.plan details>div{margin-left:.2rem;padding-left:.35rem}
table.stack thead{display:none}
table.stack tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}
table.stack td{display:inline-block;border:0;padding:0 1rem 0 0;text-align:left;white-space:normal}
table.stack td.wide{display:block}
table.stack td:empty{display:none}
table.stack td:not([data-label=""])::before{content:attr(data-label) " ";color:var(--soft);font-size:.8rem}
}
@media print{
:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--tint:#f1f1f1;--link:#000;color-scheme:light}
body{font-size:10pt}article{break-inside:auto;border:0;padding:0}
.row,tr,svg{break-inside:avoid}h2,h3,h4{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}
pre{white-space:pre-wrap}.plan details>summary .name::before,.plan details:not([open])>summary .name::before{content:""}
.bar,.bar i{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
</style>`;
