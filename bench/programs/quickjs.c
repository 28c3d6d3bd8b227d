// QuickJS running the script that is compiled in (quickjs.js). The script finds `count` and `print`
// among its globals.
//
//   quickjs [COUNT]
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

static const char kScript[] = {
#embed "quickjs.js"
    , 0};

static JSValue Print(JSContext* context, JSValueConst self, int argc, JSValueConst* argv) {
  (void)self;
  for (int i = 0; i < argc; ++i) {
    const char* text = JS_ToCString(context, argv[i]);
    if (text == NULL) return JS_EXCEPTION;
    printf(i > 0 ? " %s" : "%s", text);
    JS_FreeCString(context, text);
  }
  putchar('\n');
  return JS_UNDEFINED;
}

int main(int argc, char** argv) {
  JSRuntime* runtime = JS_NewRuntime();
  JS_SetMaxStackSize(runtime, 0);
  JSContext* context = JS_NewContext(runtime);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, Print, "print", 1));
  JS_SetPropertyStr(context, global, "count", JS_NewInt32(context, argc > 1 ? atoi(argv[1]) : 1));
  JS_FreeValue(context, global);
  JSValue result = JS_Eval(context, kScript, sizeof kScript - 1, "quickjs.js", JS_EVAL_TYPE_GLOBAL);
  const int failed = JS_IsException(result);
  if (failed) {
    JSValue exception = JS_GetException(context);
    const char* text = JS_ToCString(context, exception);
    fprintf(stderr, "quickjs: %s\n", text == NULL ? "?" : text);
    JS_FreeCString(context, text);
    JS_FreeValue(context, exception);
  }
  JS_FreeValue(context, result);
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  return failed;
}
