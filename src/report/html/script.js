
"use strict";
(function () {
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  function reveal() {
    var target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (error) { return; }
    if (!target) { return; }
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; }
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) { reveal(); }
  });
  if (location.hash) { reveal(); }

  var bar = document.querySelector(".bar");
  if (bar) {
    bar.hidden = false;
    var field = document.getElementById("filter");
    var hits = document.getElementById("hits");
    var boxes = all("input[data-sev]", bar);
    var apply = function () {
      var words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      var off = boxes.filter(function (box) { return !box.checked; }).map(function (box) { return box.dataset.sev; });
      var active = words.length > 0 || off.length > 0;
      var found = 0;
      all(".rule").forEach(function (rule) {
        var head = rule.querySelector("summary").textContent.toLowerCase();
        var any = 0;
        all(".f", rule).forEach(function (item) {
          var text = words.length ? head + " " + item.textContent.toLowerCase() : "";
          var fits = off.indexOf(item.dataset.sev) < 0 && words.every(function (word) { return text.indexOf(word) >= 0; });
          item.hidden = !fits;
          any += fits ? 1 : 0;
        });
        all(".page", rule).forEach(function (page) { page.hidden = !page.querySelector(".f:not([hidden])"); });
        rule.hidden = any === 0;
        found += any;
      });
      all(".session").forEach(function (session) {
        var text = words.length ? session.querySelector("summary").textContent.toLowerCase() : "";
        var facts = words.length ? session.querySelector(".facts").textContent.toLowerCase() : "";
        session.hidden = !words.every(function (word) { return text.indexOf(word) >= 0 || facts.indexOf(word) >= 0; });
      });
      hits.textContent = active ? found + (found === 1 ? " finding" : " findings") : "";
    };
    var wait = 0;
    field.addEventListener("input", function () { clearTimeout(wait); wait = setTimeout(apply, 150); });
    boxes.forEach(function (box) { box.addEventListener("change", apply); });
    var fold = function (open) {
      return function () { all("#findings details").forEach(function (node) { node.open = open; }); };
    };
    document.getElementById("unfold").addEventListener("click", fold(true));
    document.getElementById("fold").addEventListener("click", fold(false));
  }

  // What is printed is unfolded, unless that would be a book.
  var opened = [];
  addEventListener("beforeprint", function () {
    if (document.querySelectorAll(".f, .message").length > 600) { return; }
    opened = all("details:not([open])");
    opened.forEach(function (node) { node.open = true; });
  });
  addEventListener("afterprint", function () {
    opened.forEach(function (node) { node.open = false; });
    opened = [];
  });
})();
