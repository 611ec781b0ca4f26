(function () {
  "use strict";
  var all = function (selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  };

  // --- filter: within a group of buttons any may fit, between groups all have to

  var pressed = {}, search = document.querySelector("[data-search]");
  var reset = document.querySelector("[data-reset]"), count = document.querySelector("[data-count]");
  var total = all(".pairs tbody tr").length;

  function fits(element) {
    var data = element.dataset;
    var word = search.value.trim().toLowerCase();
    if (word && data.inhibitor.toLowerCase().indexOf(word) < 0) return false;
    return Object.keys(pressed).every(function (name) {
      return !pressed[name].length || pressed[name].indexOf(data[name]) >= 0;
    });
  }
  function filter() {
    var seen = 0;
    all("[data-pair]").forEach(function (element) {
      var fit = fits(element);
      if (element.classList.contains("cell")) element.classList.toggle("dimmed", !fit);
      else element.hidden = !fit;
      if (fit && element.tagName === "TR") seen += 1;
    });
    all(".mutation").forEach(function (part) {
      part.hidden = !all("[data-pair]", part).some(function (one) { return !one.hidden; });
    });
    all("ul.silent li").forEach(function (line) {
      line.hidden = !all("[data-pair]", line).some(function (one) { return !one.hidden; });
    });
    var active = seen < total || search.value !== "" ||
      Object.keys(pressed).some(function (name) { return pressed[name].length; });
    reset.hidden = !active;
    count.textContent = active ? seen + " of " + total + " pairs" :
      total + (total === 1 ? " pair" : " pairs");
  }
  all("[data-filter]").forEach(function (button) {
    button.addEventListener("click", function () {
      var own = pressed[button.dataset.filter] = pressed[button.dataset.filter] || [];
      var at = own.indexOf(button.dataset.value);
      if (at < 0) own.push(button.dataset.value); else own.splice(at, 1);
      button.setAttribute("aria-pressed", String(at < 0));
      filter();
    });
  });
  search.addEventListener("input", filter);
  reset.addEventListener("click", function () {
    pressed = {};
    search.value = "";
    all("[data-filter]").forEach(function (b) { b.setAttribute("aria-pressed", "false"); });
    filter();
  });

  // --- sort

  all("[data-sort]").forEach(function (button) {
    button.addEventListener("click", function () {
      var head = button.parentNode, table = head.closest("table"), body = table.tBodies[0];
      var column = head.cellIndex, kind = button.dataset.sort;
      var before = head.getAttribute("aria-sort");
      // Numbers are first looked at from above.
      var up = before ? before === "descending" : kind !== "number";
      var value = function (row) { return row.cells[column].dataset.value; };
      var rows = all("tr", body).map(function (row, place) { return [row, value(row), place]; });
      rows.sort(function (a, b) {
        if ((a[1] === "") !== (b[1] === "")) return a[1] === "" ? 1 : -1;
        var apart = kind === "text" ? a[1].localeCompare(b[1]) : a[1] - b[1];
        return (up ? apart : -apart) || a[2] - b[2];
      });
      rows.forEach(function (row) { body.appendChild(row[0]); });
      all("th", head.parentNode).forEach(function (one) { one.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
    });
  });

  // --- links to what is folded or filtered away

  function arrive() {
    var target = null;
    try {
      target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch (error) { /* no such place */ }
    if (!target) return;
    if (target.hidden || target.closest("[hidden]")) reset.click();
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", arrive);

  // --- 3D: one WebGL context at a time

  var MOST = 3;
  var source = document.getElementById("scenes");
  var scenes = null, texts = {}, open = null;

  function unpack(packed) {
    var bytes = Uint8Array.from(atob(packed), function (letter) { return letter.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }
  function longText(name) {
    if (!texts[name]) texts[name] = unpack(scenes.texts[name]);
    return texts[name];
  }
  function picture(key) {
    return unpack(scenes.pictures[key]).then(function (text) {
      var data = JSON.parse(text);
      return Promise.all(data.models.map(function (model) {
        return model[0] ? longText(model[0]) : model[1];
      })).then(function (bodies) {
        data.models.forEach(function (model, number) { model[1] = bodies[number]; });
        return data;
      });
    });
  }
  function fill(view, data) {
    data.models.forEach(function (model, number) {
      view.addModel(model[1], model[2]);
      view.setStyle({model: number}, {});
      model[3].forEach(function (style) {
        view.setStyle(Object.assign({model: number}, style[0]), style[1]);
      });
    });
    data.cylinders.forEach(function (one) { view.addCylinder(one); });
    data.labels.forEach(function (one) { view.addLabel(one[0], one[1]); });
    view.zoomTo({model: data.focus});
    view.zoom(0.85);
    view.setSlab(scenes.slab[0], scenes.slab[1]);
  }
  function state(stage, name, words) {
    stage.dataset.state = name;
    stage.querySelector(".said").textContent = words || "";
    stage.querySelector(".close").hidden = name === "closed";
  }
  function empty(stage) {
    var box = stage.querySelector(".canvas");
    (stage.views || []).forEach(function (view) {
      // A viewer that still watches its box would draw itself anew, into that of the next.
      [view.divwatcher, view.intwatcher].forEach(function (one) { if (one) one.disconnect(); });
    });
    stage.views = [];
    all("canvas", box).forEach(function (canvas) {
      // Browsers have few contexts; this one is given back at once.
      var context = canvas.getContext("webgl2") || canvas.getContext("webgl");
      var loser = context && context.getExtension("WEBGL_lose_context");
      if (loser) loser.loseContext();
    });
    box.replaceChildren();
    stage.querySelector(".heads").replaceChildren();
    stage.querySelector(".key3d").replaceChildren();
    delete stage.dataset.clashes;
    delete stage.dataset.shapes;
  }
  function close(stage) {
    empty(stage);
    stage.keys = [];
    all("[data-scene]", stage).forEach(function (b) { b.setAttribute("aria-pressed", "false"); });
    state(stage, "closed");
    if (open === stage) open = null;
  }
  function head(data) {
    var made = document.createElement("div"), note = document.createElement("small");
    made.textContent = data.title;
    note.textContent = data.note;
    made.appendChild(note);
    return made;
  }
  function draw(stage) {
    var keys = stage.keys.slice();
    state(stage, "busy", "Drawing.");
    Promise.all(keys.map(picture)).then(function (data) {
      if (String(keys) !== String(stage.keys)) return;
      empty(stage);
      state(stage, "drawn");
      stage.querySelector(".heads").replaceChildren.apply(
        stage.querySelector(".heads"), data.map(head));
      var box = document.createElement("div");
      box.className = "viewers";
      stage.querySelector(".canvas").appendChild(box);
      var views = window.$3Dmol.createViewerGrid(box,
        {rows: 1, cols: data.length, control_all: true}, {backgroundColor: "white"});
      if (!views) throw new Error("there is no WebGL");
      var shown = stage.views = [].concat.apply([], views);
      shown.forEach(function (view, number) { fill(view, data[number]); });
      // All look from where the widest picture needs it, so that they turn together.
      var far = shown.map(function (view) { return view.getView(); })
        .reduce(function (a, b) { return b[3] < a[3] ? b : a; });
      shown.forEach(function (view) { view.setView(far); view.render(); });
      stage.dataset.clashes = data.reduce(function (sum, one) { return sum + one.clashes; }, 0);
      stage.dataset.shapes = shown.reduce(
        function (sum, view) { return sum + (view.shapes || []).length; }, 0);
      stage.querySelector(".key3d").appendChild(
        document.getElementById("key3d").content.cloneNode(true));
    }).catch(function (error) {
      empty(stage);
      state(stage, "failed", "This browser shows no 3D (" + error + "). The drawings below " +
        "show which atoms clash.");
    });
  }
  function choose(stage, button) {
    var key = button.dataset.scene, keys = stage.keys = stage.keys || [];
    if (open && open !== stage) close(open);
    open = stage;
    var at = keys.indexOf(key);
    if (at >= 0) keys.splice(at, 1);
    else {
      keys.push(key);
      if (keys.length > MOST) keys.shift();
    }
    all("[data-scene]", stage).forEach(function (one) {
      one.setAttribute("aria-pressed", String(keys.indexOf(one.dataset.scene) >= 0));
    });
    if (keys.length) draw(stage); else close(stage);
  }
  if (source) {
    scenes = JSON.parse(source.textContent);
    all(".stage").forEach(function (stage) {
      all("[data-scene]", stage).forEach(function (button) {
        button.addEventListener("click", function () { choose(stage, button); });
      });
      stage.querySelector(".close").addEventListener("click", function () { close(stage); });
    });
  }
  document.documentElement.dataset.ready = "yes";
  arrive();
})();
