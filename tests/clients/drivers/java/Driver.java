// Makes the calls of the story by the clients that openapi-generator's `java` writes, with the HTTP
// client of the JDK.
//
// Reads one call from each line of standard input, prints one answer for it.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        var out = new java.io.PrintStream(System.out, true, "UTF-8");
        for (String line; (line = lines.readLine()) != null; ) {
            JsonNode said;
            try {
                said = answer(JSON.readTree(line));
            } catch (ReflectiveOperationException | RuntimeException | java.io.IOException error) {
                Throwable cause = error.getCause() == null ? error : error.getCause();
                said = JSON.createObjectNode().put("failed", cause.toString());
            }
            out.println(said);
        }
    }

    private static JsonNode answer(JsonNode call) throws ReflectiveOperationException, java.io.IOException {
        String client = "charter." + call.get("document").asText();
        Object settings = Class.forName(client + ".ApiClient").getConstructor().newInstance();
        invoke(settings, "updateBaseUri", System.getenv("CHARTER_ADDRESS"));
        Consumer<HttpRequest.Builder> credentials = request -> {
            if (call.has("token")) {
                request.header("Authorization", "Bearer " + call.get("token").asText());
            }
            if (call.has("key")) {
                request.header("X-Api-Key", call.get("key").asText());
            }
        };
        invoke(settings, "setRequestInterceptor", credentials);
        var mapper = (ObjectMapper) invoke(settings, "getObjectMapper");
        Object api = Class.forName(client + ".api." + call.get("tag").asText() + "Api")
            .getConstructor(settings.getClass())
            .newInstance(settings);
        Method method = named(api, call.get("operation").asText() + "WithHttpInfo");
        Object[] values = new Object[method.getParameterCount()];
        for (int i = 0; i < values.length; i++) {
            Parameter parameter = method.getParameters()[i];
            JsonNode value = value(call, parameter.getName());
            if (value != null) {
                var type = mapper.constructType(parameter.getParameterizedType());
                values[i] = mapper.readValue(mapper.treeAsTokens(value), type);
            }
        }
        try {
            Object response = method.invoke(api, values);
            @SuppressWarnings("unchecked")
            var headers = (Map<String, List<String>>) invoke(response, "getHeaders");
            Object data = invoke(response, "getData");
            return told((int) invoke(response, "getStatusCode"), headers, mapper.valueToTree(data));
        } catch (InvocationTargetException failure) {
            Throwable refused = failure.getCause();
            if (!refused.getClass().getName().equals(client + ".ApiException")) {
                throw failure;
            }
            var headers = (HttpHeaders) invoke(refused, "getResponseHeaders");
            if (headers == null) {
                throw failure;
            }
            var body = (String) invoke(refused, "getResponseBody");
            JsonNode problem = null;
            if (body != null && !body.isEmpty()) {
                Object model = mapper.readValue(body, Class.forName(client + ".model.Problem"));
                problem = mapper.valueToTree(model);
            }
            return told((int) invoke(refused, "getCode"), headers.map(), problem);
        }
    }

    private static JsonNode told(int status, Map<String, List<String>> headers, JsonNode body) {
        ObjectNode said = JSON.createObjectNode().put("status", status);
        ObjectNode named = said.putObject("headers");
        headers.forEach((name, values) -> named.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        return said.set("body", body);
    }

    /** The value of the call that a parameter of the client's is for. */
    private static JsonNode value(JsonNode call, String parameter) {
        if (call.has("body") && plain(call.get("body_schema").asText()).equals(plain(parameter))) {
            return call.get("body");
        }
        if (call.has("values")) {
            for (var given : (Iterable<Map.Entry<String, JsonNode>>) call.get("values")::fields) {
                if (plain(given.getKey()).equals(plain(parameter))) {
                    return given.getValue();
                }
            }
        }
        return null;
    }

    private static Object invoke(Object on, String name, Object... arguments) throws ReflectiveOperationException {
        for (Method method : on.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
                return method.invoke(on, arguments);
            }
        }
        throw new NoSuchMethodException(name);
    }

    /** The method of that name that takes nothing beside the operation's own. */
    private static Method named(Object on, String name) throws NoSuchMethodException {
        return Arrays.stream(on.getClass().getMethods())
            .filter(method -> method.getName().equals(name))
            .min(Comparator.comparing(Method::getParameterCount))
            .orElseThrow(() -> new NoSuchMethodException(name));
    }

    /** What is left of a name whatever the manner of writing it. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
