package org.openapitools.jackson.nullable;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;

/** How Jackson reads and writes {@link JsonNullable}. */
public final class JsonNullableModule extends SimpleModule {
    public JsonNullableModule() {
        addSerializer(new Writer());
        addDeserializer(JsonNullable.class, new Reader(null));
    }

    private static final class Writer extends StdSerializer<JsonNullable<?>> {
        Writer() {
            super(JsonNullable.class, false);
        }

        @Override
        public void serialize(JsonNullable<?> value, JsonGenerator out, SerializerProvider provider)
            throws IOException {
            provider.defaultSerializeValue(value.orElse(null), out);
        }

        @Override
        public boolean isEmpty(SerializerProvider provider, JsonNullable<?> value) {
            return !value.isPresent();
        }
    }

    private static final class Reader extends JsonDeserializer<JsonNullable<?>>
        implements ContextualDeserializer {
        private final JavaType type;

        Reader(JavaType type) {
            this.type = type;
        }

        @Override
        public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
            return new Reader(property.getType().containedType(0));
        }

        @Override
        public JsonNullable<?> deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return JsonNullable.of(context.readValue(in, type));
        }

        @Override
        public JsonNullable<?> getNullValue(DeserializationContext context) {
            return JsonNullable.of(null);
        }

        @Override
        public Object getAbsentValue(DeserializationContext context) {
            return JsonNullable.undefined();
        }
    }
}
